// Package promtest reads what is shipped for Prometheus and Grafana, and carries
// expressions out over series that a test invents.
package promtest

import (
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"strings"

	"github.com/prometheus/prometheus/promql/parser"
	"go.yaml.in/yaml/v3"
)

// Alert is one alert rule.
type Alert struct {
	Name        string            `yaml:"alert"`
	Expr        string            `yaml:"expr"`
	For         string            `yaml:"for"`
	Labels      map[string]string `yaml:"labels"`
	Annotations map[string]string `yaml:"annotations"`
}

func deploy(parts ...string) string {
	_, file, _, _ := runtime.Caller(0) //nolint:dogsled // the file is all that is asked for
	return filepath.Join(append([]string{filepath.Dir(file), "..", "..", "deploy"}, parts...)...)
}

// Alerts returns the alert rules of deploy/prometheus.
func Alerts() ([]Alert, error) {
	data, err := os.ReadFile(deploy("prometheus", "touchline.rules.yaml"))
	if err != nil {
		return nil, err
	}
	var file struct {
		Groups []struct {
			Rules []Alert `yaml:"rules"`
		} `yaml:"groups"`
	}
	dec := yaml.NewDecoder(strings.NewReader(string(data)))
	dec.KnownFields(false)
	if err := dec.Decode(&file); err != nil {
		return nil, err
	}
	var out []Alert
	for _, g := range file.Groups {
		out = append(out, g.Rules...)
	}
	return out, nil
}

// Panel is one panel of the dashboard.
type Panel struct {
	Title   string `json:"title"`
	Targets []struct {
		Expr string `json:"expr"`
	} `json:"targets"`
	Panels []Panel `json:"panels"`
}

// Panels returns the panels of deploy/grafana, with Grafana's own variables filled in.
func Panels() ([]Panel, error) {
	data, err := os.ReadFile(deploy("grafana", "touchline.json"))
	if err != nil {
		return nil, err
	}
	var file Panel
	if err := json.Unmarshal(data, &file); err != nil {
		return nil, err
	}
	fill := strings.NewReplacer("$__rate_interval", "5m", "$__range", "1h", "$pipeline", "people", "$instance", ".+")
	for i := range file.Panels {
		for j := range file.Panels[i].Targets {
			t := &file.Panels[i].Targets[j]
			t.Expr = fill.Replace(t.Expr)
		}
	}
	return file.Panels, nil
}

// Selector is a metric that an expression asks for, with the labels that it needs.
type Selector struct {
	Metric string
	Labels []string
}

// Selectors returns what an expression asks for.
func Selectors(expr string) ([]Selector, error) {
	tree, err := parser.ParseExpr(expr)
	if err != nil {
		return nil, fmt.Errorf("%q: %w", expr, err)
	}
	var out []Selector
	var grouped []string
	parser.Inspect(tree, func(n parser.Node, _ []parser.Node) error {
		switch n := n.(type) {
		case *parser.AggregateExpr:
			if !n.Without {
				grouped = append(grouped, n.Grouping...)
			}
		case *parser.VectorSelector:
			s := Selector{Metric: n.Name}
			for _, m := range n.LabelMatchers {
				if m.Name != "__name__" {
					s.Labels = append(s.Labels, m.Name)
				}
			}
			out = append(out, s)
		}
		return nil
	})
	for i := range out {
		for _, name := range grouped {
			if !slices.Contains(out[i].Labels, name) && name != "le" {
				out[i].Labels = append(out[i].Labels, name)
			}
		}
	}
	return out, nil
}
