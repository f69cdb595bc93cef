export interface ProviderMessagesTable {
  channel: string;
  provider_id: string;
  message_id: string;
  expires_at: number;
}
