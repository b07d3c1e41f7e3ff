// A function that counts the words of a text, in plain Go. A short text is answered at once, a long one with 202 and reports.
//
//	FUNCTION_SECRET=change-me-change-me PORT=5003 go run compute-service/examples/countWords.go
package main

import (
	"bytes"
	"context"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"io"
	"log"
	"math"
	"net"
	"net/http"
	"os"
	"strconv"
	"strings"
	"sync"
	"time"
)

var secret = []byte(os.Getenv("FUNCTION_SECRET"))

// What works in the background: a context.CancelFunc by "<job id>.<attempt>".
var atWork sync.Map

var client = http.Client{Timeout: 10 * time.Second}

// jobId, also the Idempotency-Key, is the same in each attempt: remember it where doing the work twice would do harm.
type run struct {
	JobID       string `json:"jobId"`
	CallbackURL string `json:"callbackUrl"`
	Input       struct {
		Text string `json:"text"`
	} `json:"input"`
}

func main() {
	if len(secret) == 0 {
		log.Fatal("Set FUNCTION_SECRET")
	}
	port := os.Getenv("PORT")
	if port == "" {
		port = "5003"
	}
	listener, err := net.Listen("tcp", "127.0.0.1:"+port)
	if err != nil {
		log.Fatal(err)
	}
	fmt.Printf("listening on %d\n", listener.Addr().(*net.TCPAddr).Port)
	log.Fatal(http.Serve(listener, http.HandlerFunc(serve)))
}

func serve(response http.ResponseWriter, request *http.Request) {
	body, err := io.ReadAll(http.MaxBytesReader(response, request.Body, 1<<20))
	if err != nil {
		answer(response, http.StatusRequestEntityTooLarge, map[string]any{})
		return
	}
	if !isSigned(request.Header, body) {
		answer(response, http.StatusUnauthorized, map[string]any{"message": "Bad signature"})
		return
	}
	id := request.Header.Get("webhook-id")
	if request.Method == http.MethodDelete {
		// Nobody wants this attempt any more.
		if cancel, found := atWork.Load(id); found {
			cancel.(context.CancelFunc)()
		}
		answer(response, http.StatusOK, map[string]any{})
		return
	}
	var run run
	if err := json.Unmarshal(body, &run); err != nil {
		answer(response, http.StatusBadRequest, map[string]any{"message": "Expected a job"})
		return
	}
	if len(run.Input.Text) <= 1000 {
		answer(response, http.StatusOK, map[string]any{"words": len(strings.Fields(run.Input.Text))})
		return
	}
	ctx, cancel := context.WithCancel(context.Background())
	atWork.Store(id, cancel)
	answer(response, http.StatusAccepted, map[string]any{})
	go work(ctx, id, run)
}

func work(ctx context.Context, id string, run run) {
	defer func() {
		if cancel, found := atWork.LoadAndDelete(id); found {
			cancel.(context.CancelFunc)()
		}
	}()
	lines := strings.Split(run.Input.Text, "\n")
	words := 0
	for index, line := range lines {
		if index%100 == 0 {
			status := report(id, run.CallbackURL, map[string]any{
				"status":   "running",
				"progress": float64(index) / float64(len(lines)),
				"message":  fmt.Sprintf("Line %d", index+1),
			})
			// 409: the job has been cancelled, or another attempt runs.
			if ctx.Err() != nil || status == http.StatusConflict {
				return
			}
		}
		words += len(strings.Fields(line))
	}
	report(id, run.CallbackURL, map[string]any{"status": "succeeded", "output": map[string]any{"words": words}})
}

// report sends a report, again while it does not arrive, and gives the status of the answer: the same report twice does no harm.
func report(id, callbackURL string, message map[string]any) int {
	body, _ := json.Marshal(message)
	for tries := 1; tries <= 5; tries++ {
		request, err := http.NewRequest(http.MethodPost, callbackURL, bytes.NewReader(body))
		if err != nil {
			log.Println(err)
			return 0
		}
		timestamp := strconv.FormatInt(time.Now().Unix(), 10)
		request.Header.Set("content-type", "application/json")
		request.Header.Set("webhook-id", id)
		request.Header.Set("webhook-timestamp", timestamp)
		request.Header.Set("webhook-signature", sign(id, timestamp, body))
		response, err := client.Do(request)
		if err == nil {
			response.Body.Close()
			if response.StatusCode < 500 {
				return response.StatusCode
			}
		}
		time.Sleep(time.Duration(200<<tries) * time.Millisecond)
	}
	return 0
}

// Signatures are those of Standard Webhooks: HMAC-SHA256 over id, seconds and body.
func sign(id, timestamp string, body []byte) string {
	mac := hmac.New(sha256.New, secret)
	fmt.Fprintf(mac, "%s.%s.%s", id, timestamp, body)
	return "v1," + base64.StdEncoding.EncodeToString(mac.Sum(nil))
}

func isSigned(header http.Header, body []byte) bool {
	timestamp := header.Get("webhook-timestamp")
	seconds, err := strconv.ParseInt(timestamp, 10, 64)
	if err != nil || math.Abs(float64(time.Now().Unix()-seconds)) > 300 {
		return false
	}
	expected := sign(header.Get("webhook-id"), timestamp, body)
	return hmac.Equal([]byte(expected), []byte(header.Get("webhook-signature")))
}

func answer(response http.ResponseWriter, status int, value map[string]any) {
	response.Header().Set("content-type", "application/json")
	response.WriteHeader(status)
	_ = json.NewEncoder(response).Encode(value)
}
