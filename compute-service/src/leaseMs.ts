/**
 * How long a running attempt is believed to be alive after it last said so, in milliseconds. With the sweeper's 400 ms between two looks,
 * the job of a worker that was lost is queued again within 2.4 s.
 */
export const leaseMs = 2_000
