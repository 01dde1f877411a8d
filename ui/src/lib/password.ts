/** The shortest password that is taken, in characters. */
export const PASSWORD_CHARACTERS_MIN = 12;
