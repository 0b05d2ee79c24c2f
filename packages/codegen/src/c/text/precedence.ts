import * as T from "./token.ts";

/** How tightly each binary operator binds, of the preprocessor and of the language alike (C11 6.5.5 to 6.5.14). */
export const precedences: Readonly<Record<number, number>> = {
  [T.OR_OR]: 1,
  [T.AND_AND]: 2,
  [T.PIPE]: 3,
  [T.CARET]: 4,
  [T.AMP]: 5,
  [T.EQUAL_EQUAL]: 6,
  [T.BANG_EQUAL]: 6,
  [T.LESS]: 7,
  [T.GREATER]: 7,
  [T.LESS_EQUAL]: 7,
  [T.GREATER_EQUAL]: 7,
  [T.SHIFT_LEFT]: 8,
  [T.SHIFT_RIGHT]: 8,
  [T.PLUS]: 9,
  [T.MINUS]: 9,
  [T.STAR]: 10,
  [T.SLASH]: 10,
  [T.PERCENT]: 10,
};
