package noticetest_test

import (
	"strconv"
	"testing"

	"github.com/touchline-sync/touchline/jobs/notice/noticetest"
)

// TestMailEndsAtOnce: a server ends also where its test does before it has begun to listen.
func TestMailEndsAtOnce(t *testing.T) {
	t.Parallel()
	for i := range 500 {
		t.Run(strconv.Itoa(i), func(t *testing.T) {
			t.Parallel()
			noticetest.Mail(t)
		})
	}
}
