/** What the process may weigh after 20,000 codes to 10,000 people, in MiB. */
export const AFTER_SOAK_MIB = 200;
/** Ten minutes later, after a collection. */
export const AFTER_REST_MIB = 150;
