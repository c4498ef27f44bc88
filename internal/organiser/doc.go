// Package organiser invents an organiser of events and a day of its life: the rows of
// EMS, what people at five other systems do meanwhile, and what EMS must have taken of
// that in the end. The demonstration plays it, and the tests of the event family judge
// how it ends. All people are invented.
package organiser
