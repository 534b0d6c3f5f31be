/** What the exit code of a command says; an error's own stands beside it in the catalogue. */
export const exitCodes: readonly (readonly [code: number, meaning: string])[] = [
  [0, 'done'],
  [1, 'unexpected fault'],
  [2, 'wrong usage'],
  [3, 'invalid configuration'],
  [4, 'data failed validation'],
  [5, 'quality gate failed'],
  [6, 'cloud or store'],
  [7, 'time-out'],
  [130, 'interrupted'],
];

export const exitCodesText = exitCodes.map(([code, meaning]) => `${code} ${meaning}`).join(', ');
