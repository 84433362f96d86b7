#!/usr/bin/env bash
# Times CMT's flow and the same flow in PyTorch on one device, one after the other, and prints how many times as fast ours is.
set -euo pipefail

here=$(cd -- "$(dirname -- "${BASH_SOURCE[0]}")" && pwd)
usage() {
  cat <<'HELP'
Usage: test/peers/compare.sh [--device gpu:N|cpu] [--flow NAME] [--batch N] [--seconds S] [--threads N]
                             [--precision tf32|float32] [--only WAY]… [--json FILE]
Needs PyTorch for the python3 on the path, or for the one that PYTHON names.

  --device     default: gpu:0
  --flow       the paper's flow of alanine-dipeptide (default), alanine-tetrapeptide, alanine-hexapeptide or elil
  --batch      rows of a batch; default: 1000
  --seconds    for each figure; default: 2
  --threads    of the CPU, with --device cpu; default: 1
  --precision  of matrix products on a GPU, ours and PyTorch's; default: tf32
  --only       op by op, torch.compile, …: only this of PyTorch's ways
  --json       also writes PyTorch's figures and the ratios to FILE
HELP
}

device=gpu:0 flow=alanine-dipeptide batch=1000 seconds=2 threads=1 precision=tf32 more=()
while (($#)); do
  if [[ $1 == -h || $1 == --help ]]; then
    usage
    exit 0
  fi
  if (($# < 2)); then
    usage >&2
    exit 2
  fi
  case $1 in
    --device) device=$2 ;;
    --flow) flow=$2 ;;
    --batch) batch=$2 ;;
    --seconds) seconds=$2 ;;
    --threads) threads=$2 ;;
    --precision) precision=$2 ;;
    --only | --json) more+=("$1" "$2") ;;
    *)
      usage >&2
      exit 2
      ;;
  esac
  shift 2
done
case $device in
  cpu) peer_device=cpu ;;
  gpu:*) peer_device=cuda:${device#gpu:} ;;
  *)
    printf 'compare.sh: --device (%s) must be cpu or gpu:N\n' "$device" >&2
    exit 2
    ;;
esac
case $precision in
  tf32) products=tf32 ;;
  float32) products=fp32 ;;
  *)
    printf 'compare.sh: --precision (%s) must be tf32 or float32\n' "$precision" >&2
    exit 2
    ;;
esac

ours=$(mktemp)
trap 'rm -f "$ours"' EXIT
JAVA_TOOL_OPTIONS="${JAVA_TOOL_OPTIONS:+$JAVA_TOOL_OPTIONS }-Dcmt.cuda.products=$products" \
  "$here/../../cmt" bench flow "$here/../../config/paper/$flow.conf" --device "$device" --batch "$batch" --threads "$threads" \
  --seconds "$seconds" --json >"$ours"
"${PYTHON:-python3}" "$here/peer.py" bench --device "$peer_device" --flow "$flow" --batch "$batch" --seconds "$seconds" \
  --threads "$threads" --precision "$precision" --beside "$ours" "${more[@]}"
