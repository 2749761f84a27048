/** A progress bar; without a fraction it only says that something goes on. */

interface BarProps {
  fraction: number | null;
  label: string;
  tone?: "busy" | "good" | "bad";
}

export function Bar({ fraction, label, tone = "busy" }: BarProps) {
  const percent = fraction === null ? null : Math.round(fraction * 100);
  return (
    <div
      class={`bar ${tone}${percent === null ? " unknown" : ""}`}
      role="progressbar"
      aria-label={label}
      aria-valuemin={0}
      aria-valuemax={100}
      aria-valuenow={percent ?? undefined}
    >
      <div style={{ width: percent === null ? "40%" : `${percent}%` }} />
    </div>
  );
}
