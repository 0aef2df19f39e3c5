/** The canned event of the bench: 108 bytes of JSON. */
export const EVENT = JSON.stringify({
  bucket: "loveless-dev-data",
  key: "tiles/hubble-deep-field/0007.png",
  threshold: 60,
  minArea: 9,
});
