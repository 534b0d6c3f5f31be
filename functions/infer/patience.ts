/**
 * Waits for `work` no longer than so many milliseconds; the work itself goes on.
 * @throws what `work` throws; when it takes longer, what `stillAtWork` says
 */
export async function withPatience<T>(
  work: Promise<T>,
  milliseconds: number,
  stillAtWork: () => Error,
): Promise<T> {
  let timer: NodeJS.Timeout | undefined;
  const impatience = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(stillAtWork()), milliseconds);
  });
  try {
    return await Promise.race([work, impatience]);
  } finally {
    clearTimeout(timer);
    // When impatience won, a failure of the work is reported to the next request.
    work.catch(() => undefined);
  }
}
