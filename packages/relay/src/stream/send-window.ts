/**
 * How far chunks are sent ahead of the oldest that is not acknowledged, in chunks of one spool: so far a chunk that goes out
 * again may lie behind its successors, and so many of a spool that is found at a start may have been sent.
 */
export const sendWindow = 16;
