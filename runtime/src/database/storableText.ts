/** PostgreSQL's text holds every character but U+0000; in its place comes U+FFFD, which equals nothing that is stored. */
export function storableText(text: string): string {
  return text.replaceAll('\0', '\uFFFD')
}
