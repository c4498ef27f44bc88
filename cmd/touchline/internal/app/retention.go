package app

import (
	"errors"
	"fmt"
	"reflect"
	"time"

	"github.com/touchline-sync/touchline/jobs"
)

// Retention says how long data is kept, class by class; jobs.Retention explains them.
type Retention struct {
	Runs      time.Duration `mapstructure:"runs"`
	PlanRows  time.Duration `mapstructure:"plan_rows"`
	Journal   time.Duration `mapstructure:"journal"`
	Conflicts time.Duration `mapstructure:"conflicts"`
	Evidence  time.Duration `mapstructure:"evidence"`
	Audit     time.Duration `mapstructure:"audit"`
	Events    time.Duration `mapstructure:"events"`
	Scopes    time.Duration `mapstructure:"scopes"`
	Notices   time.Duration `mapstructure:"notices"`
}

// validate returns all faults.
func (r Retention) validate() []error {
	var faults []error
	least := reflect.ValueOf(Retention(jobs.Retention(r).Least()))
	for i, field := range reflect.VisibleFields(least.Type()) {
		if at := time.Duration(least.Field(i).Int()); time.Duration(reflect.ValueOf(r).Field(i).Int()) < at {
			faults = append(faults, fmt.Errorf("retention.%s: must be at least %dh", fieldName(field), at/time.Hour))
		}
	}
	if r.Runs < r.PlanRows {
		faults = append(faults, errors.New("retention.runs: must be at least retention.plan_rows: what was decided names its run"))
	}
	return faults
}
