package dev.cmt.flow.diagnostics;

import java.util.Arrays;

/**
 * Pairs n rows with n columns, points on a torus, so that the sum of squared distances is least:
 * the linear assignment problem. An auction finds good prices, shortest augmenting paths from there
 * the exact optimum (Jonker and Volgenant, Computing 38 (1987) 325–340). For one thread; one use.
 *
 * <p>A row remembers its few best columns and that no other was better than a bound. Prices only
 * fall, so that bound holds for good, and a search looks at all n columns of a row only where it
 * gets as far as the bound. Memory is O(n): the n² costs are computed when they are needed.
 *
 * <p>The prices of columns and the profits of rows it ends with solve the dual problem: profit +
 * price ≤ cost for all pairs, with equality for those that are matched. That proves the optimum, up
 * to rounding.
 */
final class TorusAssignment {
  private static final double TURN = 2 * Math.PI;
  private static final int NONE = -1;

  /** Columns that a row remembers: enough for most searches, few enough to go through each time. */
  private static final int REMEMBERED = 32;

  // Of the auction, in mean squared distances between the samples; the last one is divided by n.
  // What the last one leaves to the searches takes them a hundredth of the auction's time.
  private static final double FIRST_INCREMENT = 0.2;
  private static final double LAST_INCREMENT = 0.01;
  private static final double SHRINKAGE = 0.125;

  private final int n;
  private final double[][] rows;
  private final double[][] columns;
  private final double[] price;
  private final int[] rowOf;
  private final int[] columnOf;

  // The best columns of each row when it was last looked at, what they cost, and the bound of
  // cost − price of all the others.
  private final int kept;
  private final int[] best;
  private final double[] bestCost;
  private final double[] bound;

  // Of one look at all columns of a row.
  private final double[] cost;
  private final double[] keptValue;

  // Of one bid: cost − price of the two best columns.
  private double bestValue;
  private double secondValue;

  // Of one search: the length of the shortest path to a column and the row before it.
  private final double[] reach;
  private final int[] from;
  private final boolean[] settled;
  private final int[] touched;
  private int touchedCount;
  private final IndexHeap heap = new IndexHeap();

  /**
   * States the problem.
   *
   * @param rows {@code [angles][n]} rad, in [−π, π]
   * @param columns {@code [angles][n]} rad, in [−π, π]
   */
  TorusAssignment(double[][] rows, double[][] columns) {
    this.n = rows[0].length;
    this.rows = rows;
    this.columns = columns;
    price = new double[n];
    rowOf = new int[n];
    columnOf = new int[n];
    Arrays.fill(rowOf, NONE);
    Arrays.fill(columnOf, NONE);
    kept = Math.min(n, REMEMBERED);
    best = new int[n * kept];
    bestCost = new double[n * kept];
    bound = new double[n];
    cost = new double[n];
    keptValue = new double[kept];
    reach = new double[n];
    Arrays.fill(reach, Double.POSITIVE_INFINITY);
    from = new int[n];
    settled = new boolean[n];
    touched = new int[n];
  }

  /** Matches all. */
  void solve(TorusTransport.Progress progress) {
    for (int row = 0; row < n; row++) {
      look(row);
    }
    auction(progress);
    for (int row = 0; row < n; row++) {
      if (columnOf[row] == NONE) {
        augment(row);
      }
    }
    progress.done(1, 1);
  }

  /** {@code [n]} the column of each row. */
  int[] columnOfRow() {
    return columnOf.clone();
  }

  /** {@code [n]} dual variables of the rows. */
  double[] profits() {
    double[] profits = new double[n];
    for (int row = 0; row < n; row++) {
      profits[row] = profit(row);
    }
    return profits;
  }

  /** {@code [n]} dual variables of the columns. */
  double[] prices() {
    return price.clone();
  }

  /**
   * An auction whose least increment shrinks from pass to pass (Bertsekas, Annals of Operations
   * Research 14 (1988) 105–123) brings prices near the optimum, however far mass must go. What it
   * leaves is matched to within that increment; rows that could do better by any amount are free
   * again.
   */
  private void auction(TorusTransport.Progress progress) {
    double typical = 0;
    for (int row = 0; row < n; row++) {
      typical += distance(row, n - 1 - row) / n;
    }
    // Points that coincide need no auction.
    int passes =
        typical == 0
            ? 0
            : (int) Math.ceil(Math.log(LAST_INCREMENT / FIRST_INCREMENT / n) / Math.log(SHRINKAGE));
    for (int pass = 0; pass < passes; pass++) {
      sell(FIRST_INCREMENT * typical * Math.pow(SHRINKAGE, pass));
      progress.done(pass + 1, passes + 1);
    }
    for (int row = 0; row < n; row++) {
      bestColumn(row);
      if (columnOf[row] != NONE && profit(row) > bestValue) {
        rowOf[columnOf[row]] = NONE;
        columnOf[row] = NONE;
      }
    }
  }

  /** Every row bids for its best column, until all have one. */
  private void sell(double leastIncrement) {
    Arrays.fill(rowOf, NONE);
    Arrays.fill(columnOf, NONE);
    int[] waiting = new int[n];
    Arrays.setAll(waiting, row -> row);
    int count = n;
    while (count > 0) {
      int row = waiting[--count];
      int column = bestColumn(row);
      double gain = n == 1 ? 0 : secondValue - bestValue;
      price[column] -= gain + leastIncrement;
      int displaced = rowOf[column];
      match(row, column);
      if (displaced != NONE) {
        columnOf[displaced] = NONE;
        waiting[count++] = displaced;
      }
    }
  }

  /** The best column of a row; sets {@link #bestValue} and {@link #secondValue}. */
  private int bestColumn(int row) {
    int column = bestRemembered(row);
    if (secondValue > bound[row]) {
      look(row);
      column = bestRemembered(row);
    }
    return column;
  }

  private int bestRemembered(int row) {
    int column = NONE;
    bestValue = Double.POSITIVE_INFINITY;
    secondValue = Double.POSITIVE_INFINITY;
    for (int i = row * kept; i < (row + 1) * kept; i++) {
      double value = bestCost[i] - price[best[i]];
      if (value < bestValue) {
        secondValue = bestValue;
        bestValue = value;
        column = best[i];
      } else if (value < secondValue) {
        secondValue = value;
      }
    }
    return column;
  }

  /** Looks at all columns of a row and remembers the best. */
  private void look(int row) {
    costs(row);
    int count = 0;
    double worst = Double.POSITIVE_INFINITY;
    for (int column = 0; column < n; column++) {
      double value = cost[column] - price[column];
      if (value < worst || count < kept) {
        int place = count < kept ? count++ : kept - 1;
        while (place > 0 && keptValue[place - 1] > value) {
          keptValue[place] = keptValue[place - 1];
          best[row * kept + place] = best[row * kept + place - 1];
          place--;
        }
        keptValue[place] = value;
        best[row * kept + place] = column;
        worst = keptValue[count - 1];
      }
    }
    for (int i = 0; i < kept; i++) {
      bestCost[row * kept + i] = cost[best[row * kept + i]];
    }
    bound[row] = kept == n ? Double.POSITIVE_INFINITY : worst;
  }

  /** Dijkstra's search from a row to the nearest free column, then all matches along the path. */
  private void augment(int start) {
    int end = NONE;
    relax(start, 0);
    while (end == NONE) {
      double length = heap.leastKey();
      int id = heap.removeLeast();
      if (id >= n) {
        relaxBeyondBound(id - n, length);
      } else if (!settled[id]) {
        settled[id] = true;
        if (rowOf[id] == NONE) {
          end = id;
        } else {
          relax(rowOf[id], length - profit(rowOf[id]));
        }
      }
    }
    double least = reach[end];
    for (int i = 0; i < touchedCount; i++) {
      int column = touched[i];
      if (settled[column]) {
        price[column] += reach[column] - least;
      }
      reach[column] = Double.POSITIVE_INFINITY;
      settled[column] = false;
    }
    touchedCount = 0;
    heap.clear();
    follow(start, end);
  }

  /** Tries the remembered columns of a row that lies at {@code distance} plus its profit. */
  private void relax(int row, double distance) {
    for (int i = 0; i < kept; i++) {
      reach(best[row * kept + i], row, bestCost[row * kept + i], distance);
    }
    if (bound[row] < Double.POSITIVE_INFINITY) {
      heap.add(bound[row] + distance, n + row);
    }
  }

  /** The search got as far as what a row remembers: all its other columns come into question. */
  private void relaxBeyondBound(int row, double length) {
    double distance = length - bound[row];
    look(row);
    for (int column = 0; column < n; column++) {
      reach(column, row, cost[column], distance);
    }
  }

  private void reach(int column, int row, double cost, double distance) {
    double length = cost - price[column] + distance;
    if (length < reach[column] && !settled[column]) {
      if (reach[column] == Double.POSITIVE_INFINITY) {
        touched[touchedCount++] = column;
      }
      reach[column] = length;
      from[column] = row;
      heap.add(length, column);
    }
  }

  private void follow(int start, int end) {
    int column = end;
    int row;
    do {
      row = from[column];
      int before = columnOf[row];
      match(row, column);
      column = before;
    } while (row != start);
  }

  private void match(int row, int column) {
    rowOf[column] = row;
    columnOf[row] = column;
  }

  /** Of a matched row: what is left of the cost of its column. */
  private double profit(int row) {
    return distance(row, columnOf[row]) - price[columnOf[row]];
  }

  private double distance(int row, int column) {
    double sum = 0;
    for (int k = 0; k < columns.length; k++) {
      double distance = Math.abs(columns[k][column] - rows[k][row]);
      double shorter = Math.min(distance, TURN - distance);
      sum += shorter * shorter;
    }
    return sum;
  }

  private void costs(int row) {
    Arrays.fill(cost, 0);
    for (int k = 0; k < columns.length; k++) {
      addSquares(columns[k], rows[k][row], cost);
    }
  }

  /** Simple enough for the compiler to vectorise. */
  private static void addSquares(double[] angles, double angle, double[] sums) {
    for (int i = 0; i < sums.length; i++) {
      double distance = Math.abs(angles[i] - angle);
      double shorter = Math.min(distance, TURN - distance);
      sums[i] += shorter * shorter;
    }
  }
}
