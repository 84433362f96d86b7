// One block of memory that is handed out front to back and taken back all at once.
#pragma once

#include <sys/mman.h>

#include <cstdlib>
#include <cstring>
#include <new>

namespace cmt {

class Arena {
 public:
  Arena() = default;
  ~Arena() { std::free(block); }
  Arena(const Arena&) = delete;
  Arena& operator=(const Arena&) = delete;

  // Takes everything back and makes room for so many floats, zeros where memory is new.
  void reset(long floats) {
    used = 0;
    if (floats <= size) return;
    std::free(block);
    block = nullptr;
    size = 0;
    const size_t huge = 2 << 20;
    size_t bytes = (floats * sizeof(float) + huge - 1) / huge * huge;
    block = static_cast<float*>(std::aligned_alloc(huge, bytes));
    if (!block) throw std::bad_alloc();
    // Advice only: without huge pages the flow is slower, not wrong.
    madvise(block, bytes, MADV_HUGEPAGE);
    std::memset(block, 0, bytes);
    size = bytes / sizeof(float);
  }

  // The next floats, aligned to 64 bytes; together no more than reset() was told.
  float* take(long floats) {
    float* taken = block + used;
    used += rounded(floats);
    return taken;
  }

  float* start() const { return block; }

  static long rounded(long floats) { return (floats + 15) / 16 * 16; }

 private:
  float* block = nullptr;
  long size = 0;
  long used = 0;
};

}  // namespace cmt
