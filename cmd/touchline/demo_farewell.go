package main

import (
	"context"
	"fmt"

	touchlinev1 "github.com/touchline-sync/touchline/api/touchline/v1"
)

// farewell says what can be tried.
func (d *demo) farewell() {
	d.say("\nTo try, while it is up:")
	for _, n := range d.notes {
		d.say("  %s", n)
	}
	d.travels(d.cmd.Context())
	d.say("\n  http://%s/   # the dashboard, in a browser on this machine; sign in with the token in %s", d.address, d.token)
	d.say("\n  export TOUCHLINE_ADDRESS=http://%s TOUCHLINE_TOKEN_FILE=%s", d.address, d.token)
	d.say("  touchline run %s --wait", d.pipeline)
	d.say("  touchline status")
	d.say("  touchline runs list")
	call := fmt.Sprintf(`grpcurl -plaintext -H "Authorization: Bearer $(cat %s)"`, d.token)
	d.say(`  %s -d '{"pipeline":"%s"}' %s touchline.v1.PipelineService/RunPipeline`, call, d.pipeline, d.address)
	d.say(`  %s %s touchline.v1.PipelineService/ListRuns`, call, d.address)
	d.say(`  grpcurl -plaintext %s list`, d.address)
}

// travels says how to change a member, and see it travel.
func (d *demo) travels(ctx context.Context) {
	sim, ok := d.sims["sportlink"]
	if !ok {
		return
	}
	res, err := d.client.records.ListSyncRecords(ctx, &touchlinev1.ListSyncRecordsRequest{Kind: "club.person", System: "rondoclub", PageSize: 1})
	if err != nil || len(res.GetRecords()) == 0 {
		return // there is nobody to be changed
	}
	key := res.GetRecords()[0].GetKey()
	d.say("\n  # change a member at Sportlink, have it travel, and see it everywhere")
	d.say(`  curl -X PATCH -H 'Authorization: Bearer %s' -d '{"Email":"changed@example.org"}' %s/members/%s`, sim.Info.ControlToken, sim.Info.Control, key)
	d.say("  touchline run people --key %s --wait", key)
	d.say("  touchline record show club.person %s", key)
}
