// Package otherfamily has a family that nobody needs, a lending library with
// readers and loans, to show that the engine knows no family: its kinds, its
// pages and its systems stand here and nowhere else. It has tests only.
package otherfamily
