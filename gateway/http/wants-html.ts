/** Whether an `Accept` asks for a page: a browser names it outright; a program that takes anything gets JSON. */
export const wantsHtml = (accept = ''): boolean =>
  /(^|,)\s*text\/html\s*(;(?!\s*q\s*=\s*0(\.0*)?\s*(,|$))|,|$)/i.test(accept);
