/** What a caller is told about a code. */
export interface CodeAnswer {
  otp: string;
  /** Unix ms. */
  expiresAt: number;
  /** Null: unknown. */
  estimatedDeliverySeconds: number | null;
}

export interface IssuedCode extends CodeAnswer {
  /** 0 for a silent one. */
  jobId: number;
}
