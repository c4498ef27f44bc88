package value

import (
	"math"
	"regexp"
	"strconv"
	"strings"
)

const whyDistance = "not a distance in the expected form"

var (
	distanceForm = regexp.MustCompile(`(?i)^\s*([0-9]+(?:\.[0-9]+)?)\s*(k|km|m|mi|mile|miles|y|yards|meters|metres)\s*$`)
	unitMetres   = map[string]float64{
		"k": 1000, "km": 1000, "m": 1609.344, "mi": 1609.344, "mile": 1609.344, "miles": 1609.344,
		"y": 0.9144, "yards": 0.9144, "meters": 1, "metres": 1,
	}
)

// Metres reads a distance as races in America are told, such as 42.2K or 13.1 Miles, and
// returns it in whole metres. M alone stands for miles.
func Metres(s string) (string, error) {
	m := distanceForm.FindStringSubmatch(s)
	if m == nil {
		return "", unreadable(whyDistance)
	}
	n, err := strconv.ParseFloat(m[1], 64)
	if err != nil {
		return "", unreadable(whyDistance)
	}
	return strconv.FormatInt(int64(math.Round(n*unitMetres[strings.ToLower(m[2])])), 10), nil
}
