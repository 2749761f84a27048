#!/usr/bin/env bash
# The steps of a pipeline, with curl and jq alone:
#   ferry.sh export APPLICATION DATABASE FILE    exports, waits, downloads, verifies
#   ferry.sh import FILE DATABASE                uploads, verifies, imports, waits, compares
# The environment says GRAPHFERRY_URL, GRAPHFERRY_KEY, and RUN: a word for this run, the same when a step is run again;
# maybe PATIENCE: how many seconds a job is waited for.
# Exit codes: 0 done; 1 a job did not close, or something differs; 5 not in time; 143 aborted, with the job cancelled;
# others are curl's: 22 refused, 7 and 28 out of reach.
set -euo pipefail
job= # the one that is waited for
asked=() # what may have begun one, until its answer is here

api() { # METHOD PATH [OPTION...]: prints the answer. The key goes to curl through a pipe: arguments are seen by all.
  local answer code
  answer=$(curl --silent --show-error --fail-with-body --retry 4 --connect-timeout 10 \
    --config <(printf 'header = "X-API-KEY: %s"\n' "$GRAPHFERRY_KEY") \
    --request "$1" "$GRAPHFERRY_URL/api/v1/$2" "${@:3}") || {
    code=$?
    printf '%s\n' "$answer" >&2
    exit "$code"
  }
  printf '%s' "$answer"
}

carry_out() { # WHAT BODY KEY: begins a job, or goes on with the one that this run began before; sets `record`
  local status end=$((SECONDS + ${PATIENCE:-3600}))
  asked=("$1" --json "$2" --header "Idempotency-Key: $RUN-$3")
  record=$(api POST "${asked[@]}")
  job=$(jq -r .id <<<"$record")
  asked=()
  while [[ $(jq -r .status <<<"$record") =~ ^(failed|cancelled|closed_by_timeout)$ ]]; do
    record=$(api POST "jobs/$job/retry" --header "Idempotency-Key: $RUN-$job")
    job=$(jq -r .id <<<"$record")
  done
  while status=$(jq -r .status <<<"$record") && [[ $status =~ ^(created|in_progress)$ ]]; do
    if ((SECONDS > end)); then
      echo "Job $job goes on; run this step again to wait for it." >&2
      exit 5
    fi
    sleep 2 &
    wait $!
    record=$(api GET "jobs/$job")
  done
  job=
  if [[ $status != closed ]]; then
    jq '{id, status, failure, cancel}' <<<"$record" >&2
    exit 1
  fi
}

abort() { # The pipeline is aborted: so is the job.
  trap '' TERM INT
  # Asked again with its key, the gateway names the job that it has begun.
  ((${#asked[@]} == 0)) || job=$(api POST "${asked[@]}" | jq -r .id)
  [[ -z $job ]] || api PATCH "jobs/$job" --json '{"status": "cancelled", "reason": "the pipeline was aborted"}' >&2
  exit 143
}
trap abort TERM INT

case $1 in
  export)
    body=$(jq -n --arg name "$2" --arg database "$3" '{$database, applications: [{$name}]}')
    carry_out exports "$body" export
    api GET "archives/$(jq -r '.archive.name | @uri' <<<"$record")" --output "$4"
    jq -r --arg file "$4" '.archive.sha256 + "  " + $file' <<<"$record" | sha256sum --check
    ;;
  import)
    archive=$RUN.zip
    path=archives/$(jq -rn --arg name "$archive" '$name | @uri')
    api PUT "$path" --upload-file "$2" | jq -r --arg file "$2" '.sha256 + "  " + $file' | sha256sum --check
    api GET "$path/inspect" | jq '.applications[] | {name, version, nodes, relationships, digest}'
    body=$(jq -n --arg archive "$archive" --arg database "$3" '{$archive, $database, on_conflict: "overwrite"}')
    carry_out imports "$body" import
    carry_out imports "$(jq '.dry_run = true' <<<"$body")" compare
    jq -e '[.summary.applications[].difference.equal] | all' <<<"$record"
    api DELETE "$path"
    ;;
esac
