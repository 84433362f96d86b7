/**
 * What became of a run: its evaluation against the target and, if there are any, reference samples,
 * and the report a person reads. Everything here starts from the files of a run directory, so that
 * a report can be made of a run that is under way, finished or dead. Invariants: files appear whole
 * or not at all; text from outside is escaped; the page asks nothing of the network; the same
 * samples and seed give the same numbers.
 */
package dev.cmt.actors.report;
