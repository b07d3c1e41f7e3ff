/** How many colours `fill0`, `stroke0` and so on there are. */
export const colourCount = 8

/** Told apart by people who see few colours, too (after Okabe and Ito 2008), on white and on black. */
const light = ['#0072b2', '#d55e00', '#009e73', '#cc79a7', '#b8860b', '#56b4e9', '#7a5195', '#6b7280']
const dark = ['#58a6e8', '#ff9248', '#3ecf9f', '#e8a0c8', '#e6c229', '#8fd3ff', '#b794d6', '#a3aab5']

/**
 * An SVG document that stands by itself, on a light or dark page: its colours follow the reader's preference. `title` and `description` are
 * for those who do not see it. Parts are SVG; they colour themselves by the classes of {@link style}.
 */
export function drawPicture(picture: {
  width: number
  height: number
  title: string
  description: string
  parts: readonly string[]
}): string {
  const { width, height, title, description, parts } = picture
  return `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${width} ${height}" width="${width}" height="${height}" role="img" aria-labelledby="title description" font-family="system-ui, 'Segoe UI', Helvetica, Arial, sans-serif">
<title id="title">${escapeXml(title)}</title>
<desc id="description">${escapeXml(description)}</desc>
<style>${style}</style>
<rect class="page" width="${width}" height="${height}"/>
${parts.join('\n')}
</svg>
`
}

/** A line of text whose baseline begins, or with `anchor` ends or has its middle, at a point. */
export function text(options: {
  x: number
  y: number
  content: string
  size?: number
  isBold?: boolean
  isMuted?: boolean
  anchor?: 'start' | 'middle' | 'end'
}): string {
  const { x, y, content, size = 13, isBold = false, isMuted = false, anchor = 'start' } = options
  const weight = isBold ? ' font-weight="600"' : ''
  const ending = anchor === 'start' ? '' : ` text-anchor="${anchor}"`
  return `<text class="${isMuted ? 'muted' : 'ink'}" x="${round(x)}" y="${round(y)}" font-size="${size}"${weight}${ending}>${escapeXml(content)}</text>`
}

/** A thin line of the grid. */
export function gridLine(line: { x1: number; y1: number; x2: number; y2: number }): string {
  return `<path class="grid" d="M${round(line.x1)} ${round(line.y1)}L${round(line.x2)} ${round(line.y2)}"/>`
}

/** The `d` of a path through points. */
export function pathThrough(points: readonly { x: number; y: number }[]): string {
  return points.map(({ x, y }, index) => `${index === 0 ? 'M' : 'L'}${round(x)} ${round(y)}`).join('')
}

/** At most so many characters, with an ellipsis where there were more. */
export function shorten(content: string, maxLength: number): string {
  const characters = [...content]
  return characters.length <= maxLength
    ? content
    : `${characters
        .slice(0, maxLength - 1)
        .join('')
        .trimEnd()}…`
}

/** Tenths of a pixel are finer than anybody sees. */
export function round(length: number): number {
  return Math.round(length * 10) / 10
}

/** Text and attribute values as XML 1.0 has them, section 2.2 and 2.4; what it cannot hold is left out. */
function escapeXml(content: string): string {
  return content
    .replace(/[^\t\n\r\u{20}-\u{d7ff}\u{e000}-\u{fffd}\u{10000}-\u{10ffff}]/gu, '')
    .replaceAll('&', '&amp;')
    .replaceAll('<', '&lt;')
    .replaceAll('>', '&gt;')
    .replaceAll('"', '&quot;')
}

function coloursOf(colours: readonly string[]): string {
  return colours.map((colour, index) => `.fill${index}{fill:${colour}}.stroke${index}{stroke:${colour}}`).join('')
}

const style = [
  `.page{fill:#fff}.ink{fill:#1f2937}.muted{fill:#5b6472}.grid{stroke:#e2e5ea}.rule{stroke:#5b6472}${coloursOf(light)}`,
  '.grid,.rule{stroke-width:1}.grid{fill:none}.line{stroke-width:2;fill:none;stroke-linejoin:round}.dashed{stroke-dasharray:5 4}.band{opacity:.2}',
  `@media (prefers-color-scheme:dark){.page{fill:#15181d}.ink{fill:#e6e8eb}.muted{fill:#a3aab5}.grid{stroke:#2b3038}.rule{stroke:#a3aab5}${coloursOf(dark)}}`,
].join('')
