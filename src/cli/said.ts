/** A command's output, for people and for programs. */
export interface Said {
  text: string;
  json: object;
}
