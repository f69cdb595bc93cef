import { type ContractErrors, failure } from '../answers.js';

/** Looking after one's own account. */
export const accountErrors: ContractErrors = {
  known: {
    password_unfit: (message) => failure(400, message),
    phone_not_served: (message) => failure(400, message),
  },
  other: (message) => ({ success: false, message }),
  invalid: (problems) => failure(400, problems.map(({ message }) => message).join('; ')),
};
