/** uPlot, fitted to its box as that changes. */

import UPlot, { type AlignedData, type Options } from "uplot";
import "uplot/dist/uPlot.min.css";

/** Draw, and return what removes the drawing. */
export function plot(box: HTMLElement, options: Options, data: AlignedData): () => void {
  const drawing = new UPlot(options, data, box);
  const watching = new ResizeObserver(() => drawing.setSize({ width: box.clientWidth, height: options.height }));
  watching.observe(box);
  return () => {
    watching.disconnect();
    drawing.destroy();
  };
}
