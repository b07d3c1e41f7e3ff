/**
 * How long a running attempt is believed to be alive after it last said so, in milliseconds. The sweeper looks each 200 to 450 ms, so the
 * job of a worker that was lost is queued again within 2.5 s.
 */
export const leaseMs = 2_000
