/** Node strips the types of a function in TypeScript. */
export async function handler(event: { readonly name: string }): Promise<string> {
  return `hello ${event.name}`;
}
