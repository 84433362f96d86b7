#!/usr/bin/env bash
# Compiles the GPU flow engine in the directory $1 and puts it into $2, where nvcc and cuBLASLt are; where they are not,
# says so and leaves none.
# CUDA_HOME and CUBLAS_HOME name directories with bin/, include/ and lib64/ or lib/; else those beside nvcc are searched.
set -euo pipefail

output=$1/libcmtflowcuda.so
destination=$2/libcmtflowcuda.so
sources=$(CDPATH='' cd -- "${BASH_SOURCE[0]%/*}" && pwd)
# Machine code for A100 and H100, and PTX that drivers compile for what is newer.
targets=(-gencode arch=compute_80,code=sm_80 -gencode arch=compute_90,code=sm_90 -gencode arch=compute_90,code=compute_90)

not_built() {
  rm -f "$output" "$destination"
  echo "cmt: the GPU flow engine is not built: $1"
  exit 0
}

first_of() { # files; prints the first that is there
  local file
  for file in "$@"; do
    if [[ -e $file ]]; then
      echo "$file"
      return
    fi
  done
}

nvcc=$(first_of "${CUDA_HOME:-/nowhere}/bin/nvcc" "$(command -v nvcc || echo /nowhere)" /usr/local/cuda/bin/nvcc)
[[ -n $nvcc ]] || not_built "there is no nvcc on the PATH nor in CUDA_HOME (${CUDA_HOME:-unset})"
toolkit=$(readlink -f -- "$nvcc")
toolkit=${toolkit%/bin/nvcc}
homes=("${CUBLAS_HOME:-/nowhere}" "${CUDA_HOME:-/nowhere}" "$toolkit" /usr/local/cuda)
header=$(first_of "${homes[@]/%//include/cublasLt.h}")
[[ -n $header ]] || not_built "nvcc is there, but not cublasLt.h: install cuBLAS with its headers, or let CUBLAS_HOME name it"
home=${header%/include/cublasLt.h}
library=$(first_of "$home"/lib64/libcublasLt.so{,.*} "$home"/lib/libcublasLt.so{,.*})
[[ -n $library ]] || not_built "cublasLt.h is there, but not libcublasLt.so in $home/lib64 nor $home/lib"

command=("$nvcc" -std=c++17 -O3 -Xcompiler=-fPIC,-fvisibility=hidden,-Wall -shared "${targets[@]}" -cudart static
  -I"$home/include" "$sources/cuda_flow.cu" "$library" -Xlinker=-rpath -Xlinker="\$ORIGIN:${library%/*}" -o "$output")
made="${command[*]} $("$nvcc" --version | tail -n 1)"
if [[ -f $output && -f $output.command && $(<"$output.command") == "$made" &&
  -z $(find "$sources" "$sources/../cpp" -newer "$output" -print -quit) ]]; then
  echo "cmt: the GPU flow engine is up to date"
else
  mkdir -p "$1"
  "${command[@]}"
  echo "$made" >"$output.command"
  echo "cmt: the GPU flow engine is built by $nvcc with $library"
fi
mkdir -p "$2"
cp -p "$output" "$destination"
