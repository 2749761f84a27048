/** The course of a job, step by step. */

import { ENDED, type Job } from "../api/wire.ts";
import { formatMoment, formatSeconds, sentence } from "../lib/format.ts";
import { STATUS_WORDS } from "../lib/job_words.ts";

interface Step {
  time: string;
  text: string;
  tone: "done" | "now" | "bad";
}

export function Timeline({ job }: { job: Job }) {
  return (
    <ol class="timeline">
      {stepsOf(job).map((step, index, all) => {
        const before = all[index - 1];
        return (
          <li key={`${step.time}${step.text}`} class={step.tone}>
            <span>{step.text}</span>
            <time dateTime={step.time} class="fine">
              {formatMoment(step.time)}
              {before && `, after ${formatSeconds((Date.parse(step.time) - Date.parse(before.time)) / 1000)}`}
            </time>
          </li>
        );
      })}
    </ol>
  );
}

function stepsOf(job: Job): Step[] {
  const steps: Step[] = [{ time: job.created, text: `Submitted by ${job.created_by}`, tone: "done" }];
  if (job.started) steps.push({ time: job.started, text: "Taken by a worker", tone: "done" });
  if (job.cancel) {
    const why = job.cancel.reason ? `: “${job.cancel.reason}”` : "";
    steps.push({ time: job.cancel.at, text: `${job.cancel.by} asked it to stop${why}`, tone: "done" });
  }
  if (job.status === "in_progress") {
    const again = job.attempt > 1 ? `, attempt ${job.attempt}` : "";
    steps.push({ time: job.updated, text: `${sentence(job.phase)}${again}`, tone: "now" });
  }
  if (job.ended) steps.push({ time: job.ended, text: STATUS_WORDS[job.status], tone: toneOf(job) });
  return steps.sort((one, other) => Date.parse(one.time) - Date.parse(other.time));
}

function toneOf(job: Job): Step["tone"] {
  return ENDED.has(job.status) && job.status !== "closed" ? "bad" : "done";
}
