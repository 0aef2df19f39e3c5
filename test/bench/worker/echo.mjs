/** The function of the bench: as little as a function can do; or nothing, for as long as its event says. */
export const handler = async (event) => {
  if (event.waitMs !== undefined) await new Promise((resolve) => setTimeout(resolve, event.waitMs));
  return event;
};
