import type { ContractErrors } from '../answers.js';

const failure = (status: number, message: string, code: string) => ({
  status,
  body: { success: false, message, code },
});

/** Looking after one's own account: every failure has its code. */
export const accountErrors: ContractErrors = {
  known: {
    password_unfit: (message) => failure(400, message, 'password_unfit'),
    phone_not_served: (message) => failure(400, message, 'phone_not_served'),
  },
  other: (message, code) => ({ success: false, message, code }),
  invalid: (problems) => failure(400, problems.map(({ message }) => message).join('; '), 'fields_invalid'),
};
