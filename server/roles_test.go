package server

import (
	"testing"

	"google.golang.org/protobuf/reflect/protoreflect"

	touchlinev1 "github.com/touchline-sync/touchline/api/touchline/v1"
	"github.com/touchline-sync/touchline/sync/store"
)

// apiFiles are the proto files that have services.
var apiFiles = []protoreflect.FileDescriptor{
	touchlinev1.File_touchline_v1_pipeline_service_proto,
	touchlinev1.File_touchline_v1_record_service_proto,
	touchlinev1.File_touchline_v1_schedule_service_proto,
	touchlinev1.File_touchline_v1_conflict_service_proto,
	touchlinev1.File_touchline_v1_entity_service_proto,
	touchlinev1.File_touchline_v1_evidence_service_proto,
	touchlinev1.File_touchline_v1_audit_service_proto,
	touchlinev1.File_touchline_v1_session_service_proto,
}

func TestEveryCallNeedsARole(t *testing.T) {
	t.Parallel()
	calls := 0
	for _, file := range apiFiles {
		for i := range file.Services().Len() {
			service := file.Services().Get(i)
			for j := range service.Methods().Len() {
				calls++
				procedure := "/" + string(service.FullName()) + "/" + string(service.Methods().Get(j).Name())
				if needs[procedure].Rank() == 0 {
					t.Errorf("%s: no role stands in the table", procedure)
				}
			}
		}
	}
	if calls != len(needs) {
		t.Errorf("the table has %d calls, the API %d", len(needs), calls)
	}
}

func TestRoles(t *testing.T) {
	t.Parallel()
	const run, show = "/touchline.v1.PipelineService/RunPipeline", "/touchline.v1.PipelineService/GetRun"
	for _, c := range []struct {
		role      store.Role
		procedure string
		may       bool
	}{
		{store.Viewer, show, true},
		{store.Viewer, run, false},
		{store.Operator, run, true},
		{store.Admin, run, true},
		{"", show, false},
		{"owner", show, false},
		{store.Admin, "/touchline.v1.PipelineService/Unknown", false},
	} {
		if err := (caller{role: c.role}).may(c.procedure); (err == nil) != c.may {
			t.Errorf("role %q, %s: error %v; want allowed %v", c.role, c.procedure, err, c.may)
		}
	}
}
