// k6: whether what runs keeps its promise (REQ-N1, REQ-N2, REQ-Q4). ADDRESS is the entrance, TOKEN an access token.
import http from "k6/http";
import { check } from "k6";

const PATH = "/api";
const headers = __ENV.TOKEN ? { Authorization: `Bearer ${__ENV.TOKEN}` } : {};
const url = `${__ENV.ADDRESS}${PATH}/v1/items/1`;
const expected = __ENV.TOKEN ? [200, 404] : [401];

export const options = {
  scenarios: { steady: { executor: "constant-arrival-rate", rate: 20, timeUnit: "1s", duration: "1m", preAllocatedVUs: 20 } },
  thresholds: {
    http_req_duration: ["p(95)<200"], // ms, promised
    checks: ["rate>=0.999"], // of requests, promised
  },
};

export default function () {
  const answer = http.get(url, { headers, responseCallback: http.expectedStatuses(...expected) });
  check(answer, { answered: (r) => expected.includes(r.status) });
}
