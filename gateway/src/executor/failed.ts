/**
 * Stands in the fetched tree where a value is missing because of an error that is already reported. The projector writes null
 * for it and adds no second error when that null travels up through non-null types. JSON has no symbols, so no value is mistaken for it.
 */
export const failed: unique symbol = Symbol('failed')
