// Rows that clash have weights near zero, and their gradients fall below the smallest normal float: arithmetic on such
// numbers takes a hundred times as long. While this object lives, the calling thread rounds them to zero; then the thread has
// its own mode back, since the JVM relies on it.
#pragma once

#include <immintrin.h>

namespace cmt {

class FlushDenormals {
 public:
  FlushDenormals() : before(_mm_getcsr()) { _mm_setcsr(before | FLUSH_TO_ZERO | DENORMALS_ARE_ZERO); }
  ~FlushDenormals() { _mm_setcsr(before); }
  FlushDenormals(const FlushDenormals&) = delete;
  FlushDenormals& operator=(const FlushDenormals&) = delete;

 private:
  static const unsigned FLUSH_TO_ZERO = 0x8000;
  static const unsigned DENORMALS_ARE_ZERO = 0x0040;
  unsigned before;
};

}  // namespace cmt
