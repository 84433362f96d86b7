// A single-threaded float32 matrix product for hosts where MKL is slow or missing: packed panels and a register tile of
// TILE_ROWS x TILE_COLUMNS (Goto, van de Geijn: Anatomy of high-performance matrix multiplication, 2008).
// Included once for each instruction set; see isa.h.

#if CMT_LANES == 16
static const int TILE_ROWS = 14;
#elif CMT_LANES == 8
static const int TILE_ROWS = 6;
#else
static const int TILE_ROWS = 5;
#endif
static const int TILE_COLUMNS = 2 * CMT_LANES;

// The part of the common dimension whose panels stay in cache together.
static const int PANEL_DEPTH = 256;
static const int BLOCK_ROWS = TILE_ROWS * 24;
static const int BLOCK_COLUMNS = TILE_COLUMNS * 32;
static const long MULTIPLY_SCRATCH = (long)(BLOCK_ROWS + BLOCK_COLUMNS) * PANEL_DEPTH;

// Packs `count` lines of `depth` numbers into strips of `tile` lines, [depth][tile], the last one filled up with zeros.
template <int tile>
static void packStrips(const float* from, long lineStep, long depthStep, int count, int depth, float* to) {
  for (int start = 0; start < count; start += tile, to += (long)tile * depth) {
    const float* strip = from + start * lineStep;
    int lines = count - start < tile ? count - start : tile;
    if (lines == tile && lineStep == 1) {
      for (int k = 0; k < depth; k++) {
        for (int i = 0; i < tile; i++) to[k * tile + i] = strip[k * depthStep + i];
      }
    } else if (lines == tile) {
      for (int k = 0; k < depth; k++) {
        for (int i = 0; i < tile; i++) to[k * tile + i] = strip[i * lineStep + k * depthStep];
      }
    } else {
      for (int k = 0; k < depth; k++) {
        for (int i = 0; i < tile; i++) to[k * tile + i] = i < lines ? strip[i * lineStep + k * depthStep] : 0.0f;
      }
    }
  }
}

// One tile of c = a b + beta c from packed strips; only `rows` x `columns` of it are written.
static void multiplyTile(const float* a, const float* b, int depth, float beta, float* c, long stride, int rows, int columns) {
  typedef float Loose __attribute__((vector_size(4 * CMT_LANES), may_alias, aligned(4)));
  Lanes sums[TILE_ROWS][2];
#pragma GCC unroll 16
  for (int i = 0; i < TILE_ROWS; i++) sums[i][0] = sums[i][1] = all(0.0f);
  for (int k = 0; k < depth; k++) {
    Lanes left = load(b);
    Lanes right = load(b + CMT_LANES);
#pragma GCC unroll 16
    for (int i = 0; i < TILE_ROWS; i++) {
      sums[i][0] += a[i] * left;
      sums[i][1] += a[i] * right;
    }
    a += TILE_ROWS;
    b += TILE_COLUMNS;
  }
  if (rows == TILE_ROWS && columns == TILE_COLUMNS) {
#pragma GCC unroll 16
    for (int i = 0; i < TILE_ROWS; i++) {
      Loose* line = (Loose*)(c + i * stride);
      Loose* next = (Loose*)(c + i * stride + CMT_LANES);
      *line = beta == 0 ? sums[i][0] : sums[i][0] + beta * *line;
      *next = beta == 0 ? sums[i][1] : sums[i][1] + beta * *next;
    }
    return;
  }
  float spill[TILE_ROWS][TILE_COLUMNS] __attribute__((aligned(64)));
#pragma GCC unroll 16
  for (int i = 0; i < TILE_ROWS; i++) {
    store(spill[i], sums[i][0]);
    store(spill[i] + CMT_LANES, sums[i][1]);
  }
  for (int i = 0; i < rows; i++) {
    for (int j = 0; j < columns; j++) {
      float* to = c + i * stride + j;
      *to = beta == 0 ? spill[i][j] : spill[i][j] + beta * *to;
    }
  }
}

// Row-major c[m][n] = op(a) op(b) + beta c, beta 0 or 1.
static void multiply(bool transposeA, bool transposeB, int m, int n, int k, const float* a, long strideA, const float* b,
                     long strideB, float beta, float* c, long strideC, float* scratch) {
  float* packedB = scratch;
  float* packedA = scratch + BLOCK_COLUMNS * PANEL_DEPTH;
  long rowA = transposeA ? 1 : strideA, depthA = transposeA ? strideA : 1;
  long columnB = transposeB ? strideB : 1, depthB = transposeB ? 1 : strideB;
  int panels = (k + PANEL_DEPTH - 1) / PANEL_DEPTH;
  for (int panel = 0; panel < panels; panel++) {
    // Even panels: a last one of a few numbers would cost a whole pass over c.
    int k0 = (int)((long)k * panel / panels), depth = (int)((long)k * (panel + 1) / panels) - k0;
    float keep = panel == 0 ? beta : 1;
    for (int j0 = 0; j0 < n; j0 += BLOCK_COLUMNS) {
      int columns = n - j0 < BLOCK_COLUMNS ? n - j0 : BLOCK_COLUMNS;
      packStrips<TILE_COLUMNS>(b + j0 * columnB + k0 * depthB, columnB, depthB, columns, depth, packedB);
      for (int i0 = 0; i0 < m; i0 += BLOCK_ROWS) {
        int rows = m - i0 < BLOCK_ROWS ? m - i0 : BLOCK_ROWS;
        packStrips<TILE_ROWS>(a + i0 * rowA + k0 * depthA, rowA, depthA, rows, depth, packedA);
        for (int j = 0; j < columns; j += TILE_COLUMNS) {
          for (int i = 0; i < rows; i += TILE_ROWS) {
            multiplyTile(packedA + (long)i * depth, packedB + (long)j * depth, depth, keep, c + (i0 + i) * strideC + j0 + j,
                         strideC, rows - i < TILE_ROWS ? rows - i : TILE_ROWS, columns - j < TILE_COLUMNS ? columns - j : TILE_COLUMNS);
          }
        }
      }
    }
  }
}
