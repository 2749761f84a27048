/** The names that archives may have. */

export const ENDINGS = [".zip", ".graphml", ".xml", ".graphml.gz", ".xml.gz", ".graphmlz"];

export function isArchiveName(name: string): boolean {
  return ENDINGS.some((ending) => name.toLowerCase().endsWith(ending));
}
