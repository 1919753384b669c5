// Lengths in millimetres, told in the units that the reader wants. Fields keep millimetres.
export const imperial = document.querySelector("[data-planner]")?.dataset.units === "imperial";

const INCH = 25.4;
const FOOT = 12 * INCH;
const grouped = new Intl.NumberFormat("en");
const toTenths = (number) => grouped.format(Math.round(number * 10) / 10);

export const far = (length) => (imperial ? `${(length / FOOT).toFixed(2)} ft` : `${(length / 1000).toFixed(2)} m`);
export const exact = (length) => (imperial ? `${(length / INCH).toFixed(2)} in` : `${grouped.format(Math.round(length))} mm`);
export const floor = (area) => (imperial ? `${toTenths(area / FOOT ** 2)} ft²` : `${toTenths(area / 1e6)} m²`);

// Round lengths for a bar of scale, each with its name.
export const BARS = imperial
  ? [0.5, 1, 2, 5, 10, 20, 50, 100, 200, 500].map((feet) => [feet * FOOT, feet < 1 ? `${feet * 12} in` : `${feet} ft`])
  : [100, 200, 500, 1000, 2000, 5000, 10000, 20000, 50000, 100000].map((each) => [each, each < 1000 ? `${each} mm` : `${each / 1000} m`]);
