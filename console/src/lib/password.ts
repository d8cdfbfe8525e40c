/** The rules of a new password, as the server has them, so that they can be said while one types. */
export interface PasswordRules {
  long: boolean;
  mixed: boolean;
  /** Not the sign-in name itself. */
  nameless: boolean;
}

export const passwordLength = { least: 9, most: 128 };

export function checkPassword(password: string, login: string, most = passwordLength.most): PasswordRules {
  const kinds = [/\p{Lu}/u, /\p{Ll}/u, /\p{Nd}/u, /[^\p{L}\p{Nd}]/u].filter((kind) => kind.test(password)).length;
  const length = [...password].length;
  return {
    long: length >= passwordLength.least && length <= most,
    mixed: kinds >= 2,
    nameless: password !== "" && (login === "" || password.toLowerCase() !== login.toLowerCase()),
  };
}
