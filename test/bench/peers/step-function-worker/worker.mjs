/** Serves the bench's activity with step-function-worker: the function is a call within the process. */
import StepFunctionWorker from "step-function-worker";

const worker = new StepFunctionWorker({
  activityArn: "arn:aws:states:eu-central-1:123456789012:activity:echo",
  workerName: "peer",
  concurrency: 8,
  awsConfig: { region: "eu-central-1", endpoint: process.env.AWS_ENDPOINT_URL },
  fn: (input, callback) => callback(null, input),
});
worker.on("error", (error) => console.error(error.message));
