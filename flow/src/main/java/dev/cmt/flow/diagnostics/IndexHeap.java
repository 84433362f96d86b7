package dev.cmt.flow.diagnostics;

import java.util.Arrays;

/** A binary heap of numbers by key, least first; a number may lie in it several times. */
final class IndexHeap {
  private double[] keys = new double[1024];
  private int[] ids = new int[1024];
  private int size;

  void clear() {
    size = 0;
  }

  /** Adds a number. */
  void add(double key, int id) {
    if (size == keys.length) {
      keys = Arrays.copyOf(keys, 2 * size);
      ids = Arrays.copyOf(ids, 2 * size);
    }
    int place = size++;
    while (place > 0) {
      int parent = (place - 1) >>> 1;
      if (keys[parent] <= key) {
        break;
      }
      keys[place] = keys[parent];
      ids[place] = ids[parent];
      place = parent;
    }
    keys[place] = key;
    ids[place] = id;
  }

  /** The least key; the heap must not be empty. */
  double leastKey() {
    return keys[0];
  }

  /** Takes out the number with the least key; the heap must not be empty. */
  int removeLeast() {
    int least = ids[0];
    size--;
    double key = keys[size];
    int id = ids[size];
    int place = 0;
    while (2 * place + 1 < size) {
      int child = 2 * place + 1;
      if (child + 1 < size && keys[child + 1] < keys[child]) {
        child++;
      }
      if (keys[child] >= key) {
        break;
      }
      keys[place] = keys[child];
      ids[place] = ids[child];
      place = child;
    }
    keys[place] = key;
    ids[place] = id;
    return least;
  }
}
