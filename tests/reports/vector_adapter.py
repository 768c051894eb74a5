"""Runs a test vector of the shared collection through our functions: names in, names out, no arithmetic of its own.

`compute` chooses by the vector's method tags and by the columns it gives. Of `expected` it reads only which results are
wanted (`per_10000`, `k_less_than_5`), never their values. `agrees` compares by the vector's own tolerance, or by the
properties that its notes state.
"""

import json
import math
import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from itertools import product
from typing import Any

import numpy as np

from triage.reports import agreement, disclosure, funnel, multilevel, rates, rounding, spc, variation

Record = dict[str, Any]
INNER, OUTER = 0.95, 0.998
SIGNIFICANCE = {
    OUTER: "High (0.001)",
    INNER: "High (0.025)",
    -OUTER: "Low (0.001)",
    -INNER: "Low (0.025)",
    0: "Not significant",
}
ADJUSTMENTS = {"BH": "fdr_bh", "BY": "fdr_by", "holm": "holm", "bonferroni": "bonferroni"}
METHOD_NAMES = {"exact": "Exact", "byar": "Byars", "wilson": "Wilson"}


def compute(vector: Mapping[str, Any]) -> Record:
    """Our answer to a vector, with the keys of its `expected`."""
    tags = set(re.split(r"\s*,\s*", vector["method"]))
    answer: Record = {}
    for wanted, given, run in HANDLERS:
        if wanted & tags and given(vector["input"]):
            answer |= run(vector)
    return answer


def column(rows: Iterable[Record], *names: str) -> np.ndarray:
    """The first of these columns that the rows have, as numbers; missing ones are not a number."""
    rows = list(rows)
    name = next(n for n in names if n in rows[0])
    return np.array([math.nan if row[name] is None else float(row[name]) for row in rows])


def number(value: Any) -> float:
    return 0.0 if value is None else float(value)


def clean(value: Any) -> Any:
    """Plain numbers; what is not a number is missing."""
    if value is None or isinstance(value, str | bool):
        return value
    value = value.item() if isinstance(value, np.generic) else value
    return None if isinstance(value, float) and not math.isfinite(value) else value


def grouped(rows: Iterable[Record], key: str) -> dict[Any, list[Record]]:
    groups: dict[Any, list[Record]] = {}
    for row in rows:
        groups.setdefault(row[key], []).append(row)
    return groups


def wanted(vector: Mapping[str, Any], pattern: str, default: Sequence[str]) -> list[str]:
    """Names of wanted results that fit a pattern."""
    found = [name for name in vector.get("expected") or {} if re.fullmatch(pattern, name)]
    return found or list(default)


# Counts, rates, proportions


def both_levels(estimate: Callable[[float], rates.Estimate]) -> Record:
    inner, outer = estimate(INNER), estimate(OUTER)
    return {
        "value": inner.value,
        "lower95_0cl": inner.lower,
        "upper95_0cl": inner.upper,
        "lower99_8cl": outer.lower,
        "upper99_8cl": outer.upper,
        "method": METHOD_NAMES.get(inner.method, inner.method),
    }


def count_cases(vector: Mapping[str, Any]) -> Record:
    """Limits of single counts; the columns of both files, since each names its own."""

    def limits(case: Record) -> Record:
        level = case.get("conf", case.get("confidence"))
        trials = case.get("n")
        exact, byar = rates.garwood(case["x"], level), rates.byar(case["x"], level)
        own = byar if trials is None else rates.wilson(case["x"], trials, level)
        return case | {
            "exact_lower": exact.lower,
            "exact_upper": exact.upper,
            "byar_lower_phe": byar.lower,
            "byar_upper_phe": byar.upper,
            "wilson_lower": own.lower,
            "wilson_upper": own.upper,
            "lowercl": own.lower,
            "uppercl": own.upper,
        }

    return {"limits": [limits(case) for case in vector["input"]["cases"]]}


def area_shares(vector: Mapping[str, Any]) -> Record:
    share = rates.ratio if "crude_rate" in vector["method"] else rates.proportion
    multiplier = multiplier_of(vector, 1)

    def row(area: Record) -> Record:
        numbers = area["Numerator"], area["Denominator"]
        return area | both_levels(lambda level: share(*numbers, multiplier=multiplier, confidence=level))

    return {"areas": [row(area) for area in vector["input"]["areas"]]}


def multiplier_of(vector: Mapping[str, Any], default: float) -> float:
    params = vector.get("params") or {}
    return float(params.get("multiplier", params.get("multiply", default))) if isinstance(params, dict) else default


def param(vector: Mapping[str, Any], name: str, default: Any = None) -> Any:
    params = vector.get("params") or {}
    return params.get(name, default) if isinstance(params, dict) else default


# Standardisation


def dobson_rates(vector: Mapping[str, Any]) -> Record:
    rows = vector["input"]["strata"]
    persons = sorted(name for name in rows[0] if re.fullmatch(r"f\d+", name))
    weight = next(name for name in rows[0] if name not in {"area", "ageband", "count", "pop", *persons})

    def strata_of(group: list[Record]) -> rates.Strata:
        people, weights = column(group, "pop"), column(group, weight)
        if persons:
            repeats = np.array([[number(row[f]) for f in persons] for row in group])
            return rates.Strata.of_repeats(repeats, people, weights)
        return rates.Strata.of(np.array([number(row["count"]) for row in group]), people, weights)

    def area(name: str, strata: rates.Strata, per: float) -> Record:
        return {
            "area": name,
            "total_count": strata.events.sum(),
            "total_pop": strata.population.sum(),
        } | both_levels(lambda level: rates.dobson(strata, multiplier=per, confidence=level))

    areas = {name: strata_of(group) for name, group in grouped(rows, "area").items()}
    return {
        name: [area(a, strata, float(name.removeprefix("per_"))) for a, strata in areas.items()]
        for name in wanted(vector, r"per_\d+", ("per_100000", "per_10000"))
    }


def gamma_rate(vector: Mapping[str, Any]) -> Record:
    rows = vector["input"]["strata"]
    per = (vector.get("expected") or {}).get("per", multiplier_of(vector, 100000))
    strata = rates.Strata.of(column(rows, "events"), column(rows, "population"), column(rows, "standard_share"))
    rate = rates.fay_feuer(strata, multiplier=per)
    crude = rates.ratio(strata.events.sum(), strata.population.sum(), multiplier=per)
    return {
        "per": per,
        "sava": {"DSR": rate.value, "conf.int1": rate.lower, "conf.int2": rate.upper, "scale": per},
        "epitools": {
            "crude.rate": crude.value,
            "adj.rate": rate.value,
            "lci": rate.lower,
            "uci": rate.upper,
        },
    }


def indirect_ratios(vector: Mapping[str, Any]) -> Record:
    def area(name: str, rows: list[Record], times: float) -> Record:
        reference, people = (np.array([[number(r[c]) for r in rows]]) for c in ("refcount", "refpop"))
        population = np.array([[number(r["pop"]) for r in rows]])
        observed = sum(number(r["count"]) for r in rows)
        expected = float(rates.expected_counts(population, rates.pooled_rates(reference, people))[0])
        return {"area": name, "observed": observed, "expected": expected} | both_levels(
            lambda level: rates.ratio(observed, expected, multiplier=times, confidence=level)
        )

    areas = grouped(vector["input"]["strata"], "area")
    return {
        name: [area(a, rows, float(name.removeprefix("x"))) for a, rows in areas.items()]
        for name in wanted(vector, r"x\d+", ("x1", "x100"))
    }


def unit_tables(rows: list[Record], unit: str, events: str, people: str) -> tuple[list[Any], np.ndarray, np.ndarray]:
    """Units, and their events and people as (units, strata); a stratum that a unit lacks has nobody."""
    names = list(grouped(rows, unit))
    measures = {unit, events, people}
    strata = list(dict.fromkeys(tuple(v for k, v in row.items() if k not in measures) for row in rows))
    counts, population = np.zeros((len(names), len(strata))), np.zeros((len(names), len(strata)))
    for row in rows:
        place = names.index(row[unit]), strata.index(tuple(v for k, v in row.items() if k not in measures))
        counts[place], population[place] = number(row[events]), number(row[people])
    return names, counts, population


def internal_standardisation(vector: Mapping[str, Any]) -> Record:
    rows = vector["input"]["strata"]
    unit, events = next(iter(rows[0])), next(k for k in ("cases", "events", "count", "observed") if k in rows[0])
    names, counts, population = unit_tables(rows, unit, events, "population")
    expected = rates.expected_counts(population, rates.pooled_rates(counts, population))
    observed = counts.sum(axis=1)
    list_name = next(iter(wanted(vector, r"\w+ies|areas|units|districts", ("counties",))))
    units = [
        {unit: name, "observed": o, "population": n, "expected": e, "smr": o / e}
        for name, o, n, e in zip(names, observed, population.sum(axis=1), expected, strict=True)
    ]
    return {list_name: units} | bayes(observed, expected)


# Variation and empirical Bayes


def bayes(observed: np.ndarray, expected: np.ndarray) -> Record:
    """Everything that the vectors ask of observed and expected numbers, under each name that they use."""
    alpha = float(variation.gamma_shape(observed, expected))
    # The peer leaves shrunken ratios undefined where there is no variation; ours are then 1.
    defined = math.isfinite(alpha)
    shrunk = [float(r) if defined else math.nan for r in variation.shrunken_ratios(observed, expected, alpha)]
    nu, alpha_2 = variation.clayton_kaldor(observed, expected)
    two_parameter = {
        "nu": nu,
        "alpha": alpha_2,
        "shrunk_ratio": list(variation.shrunken_ratios(observed, expected, alpha_2, nu)),
    }
    chi, p = variation.chi_square(observed, expected), variation.homogeneity_p(observed, expected)
    scv = float(variation.systematic_component(observed, expected))
    return {
        "scv_diehr": scv,
        "scv_diehr_x100": 100 * scv,
        "scv_mcpherson_log": variation.log_systematic_component(observed, expected),
        "gamma_mean1_alpha": alpha,
        "gamma_mean1_shrunk_ratio": shrunk,
        "eb_gamma_alpha": alpha,
        "eb_prior_variance": 1 / alpha if defined else None,
        "eb_shrunk_ratio": shrunk,
        "eq80_20_of_shrunk": variation.quantile_ratio(np.array(shrunk)),
        "eb_q20_q80": list(np.quantile(shrunk, [0.2, 0.8])),
        "gamma_mean1": {"alpha": alpha, "shrunk_ratio": shrunk},
        "clayton_kaldor": two_parameter,
        "gamma_two_parameter_clayton_kaldor": two_parameter,
        "chi_square": {"statistic": float(chi), "df": len(observed) - 1, "p": p},
        "smr": list(observed / expected),
        "expected_counts": list(expected),
    }


def area_bayes(vector: Mapping[str, Any]) -> Record:
    rows = vector["input"]["areas"]
    observed = column(rows, "observed", "events", "cases")
    if "expected" in rows[0]:
        return bayes(observed, column(rows, "expected"))
    population = column(rows, "population")
    overall = rates.pooled_rates(observed[:, np.newaxis], population[:, np.newaxis])
    variance, smooth = variation.marshall(observed, population)
    return bayes(observed, rates.expected_counts(population[:, np.newaxis], overall)) | {
        "overall_rate": float(overall[0]),
        "marshall_1991_global": {
            "a": variance,
            "b": float(overall[0]),
            "raw_rate": list(observed / population),
            "eb_rate": list(smooth),
        },
    }


def atlas_measures(vector: Mapping[str, Any]) -> Record:
    def measures(shown: np.ndarray) -> Record:
        quotients = {
            name: float(variation.extremal_quotient(shown, drop)) for name, drop in (("FT", 0), ("FT2", 1), ("FT3", 2))
        }
        return quotients | {"CV": float(variation.coefficient_of_variation(shown))}

    return {
        "indicators": [
            {"indicator": i["indicator"], "expected": measures(column(i["rates"], "rate"))}
            for i in vector["input"]["indicators"]
        ]
    }


# Funnels


def phe_funnel_proportion(vector: Mapping[str, Any]) -> Record:
    areas = vector["input"]["areas"]
    events, trials = column(areas, "numerator"), column(areas, "denominator")
    benchmark, times = float(events.sum() / trials.sum()), multiplier_of(vector, 100)
    points = funnel.axis_points(float(trials.min()), float(trials.max()))
    limits = {level: funnel.proportion_limits(np.array(points, float), benchmark, level) for level in (INNER, OUTER)}

    def clipped(share: float) -> float:
        return times * min(1.0, max(0.0, share))

    return {
        "significance": [
            SIGNIFICANCE[funnel.proportion_significance(k, n, benchmark)] for k, n in zip(events, trials, strict=True)
        ],
        "limits": [
            {
                "population": point,
                "lower_95": clipped(limits[INNER].lower[i]),
                "upper_95": clipped(limits[INNER].upper[i]),
                "lower_998": clipped(limits[OUTER].lower[i]),
                "upper_998": clipped(limits[OUTER].upper[i]),
                "baseline": times * benchmark,
            }
            for i, point in enumerate(points)
        ],
    }


def phe_funnel_ratio(vector: Mapping[str, Any]) -> Record:
    areas = vector["input"]["areas"]
    observed, expected = column(areas, "obs", "observed"), column(areas, "expected")

    def curves(point: int) -> Record:
        row: Record = {"Observed_events": point}
        for name, level in (("2s", INNER), ("3s", OUTER)):
            exact = rates.garwood(point, level)
            # The lower curve lies where the upper limit touches the benchmark.
            for side, at in (("lower", exact.upper), ("upper", exact.lower)):
                row |= {
                    f"{side}_{name}_exp_events": at,
                    f"{side}_{name}_count": point / at - 1,
                    f"{side}_{name}_isr": 100 * point / at,
                }
        return row

    points = funnel.axis_points(float(expected.min()), float(expected.max()), stop_short=1)
    return {
        "significance": [
            SIGNIFICANCE[funnel.ratio_significance(o, e)] for o, e in zip(observed, expected, strict=True)
        ],
        "limits": [curves(point) for point in points],
    }


def poisson_limit_list(vector: Mapping[str, Any]) -> Record:
    expected = np.array(vector["input"]["expected"], dtype=float)
    inner, outer = funnel.poisson_limits(expected, INNER), funnel.poisson_limits(expected, OUTER)
    return {
        "ll95": list(inner.lower),
        "ul95": list(inner.upper),
        "ll998": list(outer.lower),
        "ul998": list(outer.upper),
    }


def funnel_groups(vector: Mapping[str, Any]) -> Record:
    """FunnelPlotR's table: plain limits, z-scores, overdispersion, adjusted limits, outliers."""
    groups = vector["input"]["groups"]
    ratio = "expected" in groups[0]
    top = column(groups, "observed", "numerator")
    unrounded = column(groups, "expected", "denominator")
    below = np.round(unrounded, 2) if param(vector, "expected_rounded_to_2_decimals") else unrounded
    kind = param(vector, "data_type", "SR" if ratio else "PR")
    log_scale = param(vector, "sr_method", "CQC") == "SHMI"
    if kind == "RC":
        on_scale = funnel.log_count_ratio(top, below)
    elif kind == "PR":
        on_scale = funnel.arcsine(top, below)
    else:
        on_scale = funnel.log_ratio(top, below) if log_scale else funnel.sqrt_ratio(top, below)
    share = float(param(vector, "trim_by", 0.1))
    z = on_scale.z
    if kind == "SR" and log_scale:
        kept, mark = funnel.kept_by_truncation(z, share), "truncated"
        trimmed = np.where(kept, z, np.nan)
        phi, tau2 = funnel.overdispersion(z[kept], on_scale.error[kept])
    else:
        trimmed, mark = funnel.winsorised(z, share), "winsorised"
        low, high = np.quantile(z, [share, 1 - share])
        kept = (z > low) & (z < high)
        phi, tau2 = funnel.overdispersion(trimmed, on_scale.error)
    exact = kind == "SR"
    plain = {c: funnel.poisson_limits(below, c) if exact else on_scale.limits(c) for c in (INNER, OUTER)}
    adjusted = {c: on_scale.limits(c, tau2) for c in (INNER, OUTER)}
    level = INNER if float(param(vector, "limit", 99.8)) == 95 else OUTER
    asked = re.search("overdisp", vector["method"]) is not None
    used = (adjusted if asked and tau2 > 0 else plain)[level]
    outlier = used.outside(top / unrounded)
    rows = [
        {
            "group": group["group"],
            "numerator": top[i],
            "denominator": below[i],
            "rr": top[i] / unrounded[i],
            "target_transformed": on_scale.target,
            "Y": on_scale.value[i],
            "Uzscore": z[i],
            mark: int(not kept[i]),
            "Wuzscore": clean(trimmed[i]),
            "LCL95": plain[INNER].lower[i],
            "UCL95": plain[INNER].upper[i],
            "LCL99": plain[OUTER].lower[i],
            "UCL99": plain[OUTER].upper[i],
            "OD95LCL": adjusted[INNER].lower[i],
            "OD95UCL": adjusted[INNER].upper[i],
            "OD99LCL": adjusted[OUTER].lower[i],
            "OD99UCL": adjusted[OUTER].upper[i],
            "outlier": int(outlier[i]),
        }
        for i, group in enumerate(groups)
    ]
    names = [row["group"] for row in rows if row["outlier"]]
    whole = {"phi": phi, "tau2": tau2, "adjusted": tau2 > 0, "outliers_998": names, "rows": rows}
    target = 1.0 if exact else float(top.sum() / below.sum())
    return whole | {"outliers": names, "target": target, "overdispersion": whole}


def binomial_funnel(vector: Mapping[str, Any]) -> Record:
    groups = vector["input"]["groups"]
    events, trials = column(groups, "numerator", "observed"), column(groups, "denominator", "trials")
    benchmark = float(events.sum() / trials.sum())
    chances = [funnel.binomial_p(k, n, benchmark) for k, n in zip(events, trials, strict=True)]
    p = np.array([both for _, _, both in chances])
    adjusted = {name: funnel.adjusted(p, method) for name, method in ADJUSTMENTS.items()}
    sizes = np.unique(trials)

    def curve(limits: Callable[[float], funnel.Limits]) -> list[Record]:
        inner, outer = limits(INNER), limits(OUTER)
        return [
            {"d": d, "lo": inner.lower[i], "up": inner.upper[i], "lo2": outer.lower[i], "up2": outer.upper[i]}
            for i, d in enumerate(sizes)
        ]

    return {
        "benchmark": benchmark,
        "exact_binomial_quantile": curve(lambda level: funnel.binomial_limits(sizes, benchmark, level)),
        "normal_approx": curve(lambda level: funnel.proportion_limits(sizes, benchmark, level)),
        "binomial_test": [
            {"group": g["group"], "lower_tail": low, "upper_tail": high, "two_sided": both}
            for g, (low, high, both) in zip(groups, chances, strict=True)
        ],
        "p_adjust": [
            {"group": g["group"], "p": p[i]} | {method: q[i] for method, q in adjusted.items()}
            for i, g in enumerate(groups)
        ],
    }


# Ranks


def quantile_groups(vector: Mapping[str, Any]) -> Record:
    rows = vector["input"]["rows"]
    groups = int(param(vector, "nquantiles", 10))
    place: list[int | None] = [None] * len(rows)
    together = [{**row, "place": i, "group": row.get("group")} for i, row in enumerate(rows)]
    for members in grouped(together, "group").values():
        invert = members[0].get("invert", param(vector, "invert", True))
        ranks = variation.quantile_groups([m["value"] for m in members], groups, highest_first=bool(invert))
        for member, rank in zip(members, ranks, strict=True):
            place[member["place"]] = rank
    return {"quantile": place}


def decile_table(vector: Mapping[str, Any]) -> Record:
    groups = vector["input"]["groups"]
    values = [group["value"] for group in groups]
    ranks = variation.percent_rank(values)
    return {
        "deciles": {f"p{10 * (i + 1)}": value for i, value in enumerate(variation.deciles(values))},
        "percent_rank_x100": [
            {"group": group["group"], "percentile": None if rank is None else 100 * rank}
            for group, rank in zip(groups, ranks, strict=True)
        ],
    }


# Time


def control_charts(vector: Mapping[str, Any]) -> Record:
    series = vector["input"]["series"]
    per = multiplier_of(vector, 1)
    frozen = param(vector, "freeze")
    left_out = set(np.atleast_1d(param(vector, "exclude", [])).tolist())
    used = np.array([(not frozen or i <= frozen) and i not in left_out for i in range(1, len(series) + 1)])
    events = column(series, "numerator", "y", "n", "count")
    trials = column(series, "denominator") if "denominator" in series[0] else np.ones(len(series))
    included = np.array([i not in left_out for i in range(1, len(series) + 1)])
    same: Record = {"baseline": used}
    charts: dict[str, Callable[..., spc.ControlChart]] = {
        "p_chart": lambda: spc.p_chart(events, trials, per=per, **same),
        "u_chart": lambda: spc.u_chart(events, trials, per=per, **same),
        "c_chart": lambda: spc.u_chart(events, np.ones(len(events)), **same),
        "p_prime": lambda screened: spc.p_chart(events, trials, per=per, laney=True, screened=screened, **same),
        "u_prime": lambda screened: spc.u_chart(events, trials, per=per, laney=True, screened=screened, **same),
        "i_chart": lambda screened: spc.i_chart(events, screened=screened, **same),
    }

    def table(chart: spc.ControlChart) -> Record:
        run = spc.runs(chart.value[included], chart.centre)
        return {"runs": run_table(run, int(included.sum())), "rows": chart_rows(series, chart)}

    def forms(name: str) -> Record:
        if name in {"p_chart", "u_chart", "c_chart"}:
            return table(charts[name]())
        return {"screened": table(charts[name](True)), "unscreened": table(charts[name](False))}

    answer = {name: forms(name) for tag, name in CHART_TAGS.items() if tag in vector["method"].split(",")}
    first = next(iter(answer.values()), {})
    return answer | first | first.get("screened", {})


CHART_TAGS = {
    "p_chart": "p_chart",
    "laney_p_prime": "p_prime",
    "u_chart": "u_chart",
    "laney_u_prime": "u_prime",
    "c_chart": "c_chart",
    "i_chart": "i_chart",
}


def run_table(run: spc.Runs | None, observed: int) -> Record:
    if run is None:
        return {"n_obs": observed, "n_useful": 0, "runs_signal": False}
    return {
        "n_obs": observed,
        "n_useful": run.useful,
        "longest_run": run.longest,
        "longest_run_max": run.longest_allowed,
        "n_crossings": run.crossings,
        "n_crossings_min": run.fewest_allowed,
        "runs_signal": run.signal,
    }


def chart_rows(series: list[Record], chart: spc.ControlChart) -> list[Record]:
    return [
        {
            "x": str(point["x"]),
            "y": chart.value[i],
            "cl": chart.centre,
            "lcl": chart.lower[i],
            "ucl": chart.upper[i],
            "lcl_95": chart.lower_warning[i],
            "ucl_95": chart.upper_warning[i],
            "sigma_signal": bool(chart.outside[i]),
        }
        for i, point in enumerate(series)
    ]


def xmr(vector: Mapping[str, Any]) -> Record:
    series = vector["input"]["series"]
    values, better = column(series, "y"), param(vector, "improvement_direction", "neutral")

    def rows(part: slice, **options: Any) -> list[Record]:
        chart = spc.i_chart(values[part], limit=spc.XMR_LIMIT, **options)
        causes = spc.special_causes(chart)
        return [
            {
                "x": point["x"],
                "y": point["y"],
                "mean": chart.centre,
                "lpl": chart.lower[i],
                "upl": chart.upper[i],
                "outside_limits": bool(chart.outside[i]),
                "close_to_limits": bool(chart.near_limits[i]),
                "special_cause": causes[i].value,
                "point_type": causes[i].judged(better),
            }
            for i, point in enumerate(series[part])
        ]

    everything = slice(None)
    plain = spc.i_chart(values, limit=spc.XMR_LIMIT, screened=False)
    asked = (vector.get("expected") or {}).get("rebase_at_midpoint", {})
    cut = asked.get("rebase_date", series[max(0, len(series) // 2 - 1)]["x"])
    place = next((i for i, point in enumerate(series) if point["x"] >= cut), len(series))
    frozen = {
        name: np.arange(len(series)) < int(name.removeprefix("baseline_first_"))
        for name in wanted(vector, r"baseline_first_\d+", ("baseline_first_12",))
    }
    return {
        "screened": rows(everything),
        "unscreened_limits": [{"mean": plain.centre, "lpl": plain.lower[0], "upl": plain.upper[0]}],
        "rebase_at_midpoint": {
            "rebase_date": cut,
            "rows": rows(slice(0, place)) + (rows(slice(place, None)) if place < len(series) else []),
        },
    } | {name: rows(everything, baseline=mask) for name, mask in frozen.items()}


# Agreement

COEFFICIENTS: dict[str, Callable[[agreement.Readings], agreement.Coefficient]] = {
    "percent_agreement": agreement.percent_agreement,
    "cohen_kappa": agreement.conger_kappa,
    "conger_kappa": agreement.conger_kappa,
    "fleiss_kappa": agreement.fleiss_kappa,
    "scott_pi": agreement.fleiss_kappa,
    "gwet_ac1": agreement.gwet_ac1,
    "gwet_ac2": agreement.gwet_ac1,
    "brennan_prediger": agreement.brennan_prediger,
    "krippendorff_alpha": agreement.krippendorff_alpha,
}
POWERS = {"equal": 1, "linear": 1, "squared": 2, "quadratic": 2}


def power_in(text: str) -> int | None:
    """The weights that a parameter or the name of a result speaks of."""
    return next((power for word, power in POWERS.items() if word in text.lower()), None)


def readings(vector: Mapping[str, Any], power: int | None = None) -> agreement.Readings:
    given = vector["input"]
    if "table" in given:
        return agreement.Readings.of_table(given["table"]["categories"], given["table"]["counts"], power)
    raters = [name for name in given["ratings"][0] if name != "subject"]
    rows = [[level(row[rater]) for rater in raters] for row in given["ratings"]]
    return agreement.Readings.of(rows, power)


def level(answer: Any) -> Any:
    """Priority levels are numbers, also when they are written as text."""
    return float(answer) if isinstance(answer, str) and re.fullmatch(r"-?\d+(\.\d+)?", answer) else answer


def coefficient_table(coefficient: agreement.Coefficient) -> Record:
    limits = coefficient.estimate()
    return {
        "coeff": coefficient.value,
        "pa": coefficient.observed,
        "pe": coefficient.chance,
        "se": coefficient.standard_error,
        "ci": f"({limits.lower:.3f},{limits.upper:.3f})",
        "p": coefficient.p,
    }


def gwet_coefficients(vector: Mapping[str, Any]) -> Record:
    plain = power_in(json.dumps(vector.get("params") or {}))

    def table(name: str) -> Record:
        stem = next(key for key in COEFFICIENTS if name.startswith(key))
        return coefficient_table(COEFFICIENTS[stem](readings(vector, power_in(name) or plain)))

    names = wanted(vector, "(" + "|".join(COEFFICIENTS) + r")\w*", list(COEFFICIENTS))
    return {name: table(name) for name in names}


def irr_coefficients(vector: Mapping[str, Any]) -> Record:
    """The coefficients of the R package irr, whose scores test against answers at random."""
    plain = power_in(json.dumps(vector.get("params") or {}))
    all_read = readings(vector)
    raters = [name for name in vector["input"]["ratings"][0] if name != "subject"]
    fleiss = agreement.fleiss_test(all_read)
    answer: Record = {
        "fleiss_kappa": scored(fleiss) | {"by_category": by_category(all_read)},
        "conger_exact_kappa": agreement.conger_kappa(all_read.complete).value,
        "light_kappa": agreement.light_kappa(all_read.complete),
        "percent_full_agreement": 100 * agreement.full_agreement(all_read),
    }
    weighted = r"\w*(cohen_kappa|kappa2|weighted|equal|squared|linear|quadratic)\w*"
    for name in wanted(vector, weighted, ("cohen_kappa_rater1_rater2",)):
        pair = [rater for rater in raters if re.search(rf"{rater}(_|$)", name)] or raters[:2]
        # The peer spaces the answers that these two gave evenly, whatever their names.
        rows = [[row[rater] for rater in pair] for row in vector["input"]["ratings"]]
        texts = [[None if answer is None else str(answer) for answer in row] for row in rows]
        answer[name] = scored(agreement.cohen_test(agreement.Readings.of(texts, power_in(name) or plain)))
    return answer


def scored(test: agreement.KappaTest) -> Record:
    return {"kappa": test.kappa, "z": test.z, "p": test.p}


def by_category(all_read: agreement.Readings) -> list[Record]:
    tests = agreement.fleiss_by_category(all_read)
    return [{"category": str(name), "_row": str(name)} | scored(test) for name, test in tests.items()]


# Disclosure


def dimensions_of(rows: list[Record], columns: list[str]) -> list[disclosure.Dimension]:
    """Columns that another column decides are totals above it, all in one dimension; the rest have a grand total."""
    decided = {
        (fine, coarse)
        for fine, coarse in product(columns, columns)
        if fine != coarse and all(len({r[coarse] for r in group}) == 1 for group in grouped(rows, fine).values())
    }
    finest = [c for c in columns if not any(coarse == c for _, coarse in decided)]

    def dimension(fine: str) -> disclosure.Dimension:
        above = [coarse for f, coarse in decided if f == fine]
        sums = [("Total", sorted({row[coarse] for row in rows})) for coarse in sorted(above)]
        sums = sums or [("Total", list(grouped(rows, fine)))]
        for coarse in sorted(above):
            sums += [(code, sorted({r[fine] for r in group})) for code, group in grouped(rows, coarse).items()]
        return disclosure.Dimension(fine, sums)

    return [dimension(fine) for fine in finest]


def crossed(vector: Mapping[str, Any], name: str) -> tuple[disclosure.Table, list[str]]:
    """The table that a result speaks of (`age_geo_max1` leaves out other columns), and its dimensions' names."""
    rows = vector["input"]["data"]
    count = count_column(rows)
    columns = [column for column in rows[0] if column != count]
    words = name.split("_")
    columns = [column for column in columns if column in words] or columns
    dimensions = dimensions_of(rows, columns)
    counts: dict[tuple[str, ...], int] = {}
    for row in rows:
        key = tuple(row[dimension.name] for dimension in dimensions)
        counts[key] = counts.get(key, 0) + row[count]
    return disclosure.Table.crossed(joined, dimensions, counts), [dimension.name for dimension in dimensions]


def count_column(rows: list[Record]) -> str:
    return next((name for name in ("freq", "count", "n") if name in rows[0]), list(rows[0])[-1])


def joined(codes_of_cell: Sequence[str]) -> str:
    return "/".join(codes_of_cell)


def codes(cell: str) -> list[str]:
    return cell.split("/")


def suppression(vector: Mapping[str, Any]) -> Record:
    def answer(name: str) -> Record:
        table, names = crossed(vector, name)
        limit = re.search(r"less_than_(\d+)", name), re.search(r"max(\d+)", name, re.IGNORECASE)
        below = int(limit[0][1]) if limit[0] else int(limit[1][1]) + 1 if limit[1] else 5
        # The peer protects against exact disclosure, and zeros unless told otherwise.
        zeros = 0.0 if re.search(r"zeros?_published", name) else math.inf
        rules = disclosure.Rules(hide_below=below, zero_needs=zeros, least_width=1)
        protected = disclosure.protect([table], rules)
        cells = [
            dict(zip(names, codes(cell.id), strict=True))
            | {
                "freq": cell.count,
                "primary": protected.hidden.get(cell.id) is disclosure.Reason.SMALL_COUNT,
                "suppressed": protected.shown(cell.id) is None,
            }
            for cell in table.cells
        ]
        hidden = [cell for cell in cells if cell["suppressed"]]
        return {
            "n_cells": len(cells),
            "n_primary": sum(cell["primary"] for cell in cells),
            "n_suppressed": len(hidden),
            "sum_suppressed_freq": sum(cell["freq"] for cell in hidden),
            "cells": cells,
        }

    names = wanted(vector, r".*(less_than_\d+|max\d+).*", ("k_less_than_5", "k_less_than_4", "k_less_than_10"))
    return {name: answer(name) for name in names}


def small_count_rounding(vector: Mapping[str, Any]) -> Record:
    def answer(name: str) -> Record:
        base = int(re.sub(r"\D", "", name))
        table, names = crossed(vector, "")
        before = {cell.id: cell.count for cell in table.cells}
        after = rounding.round_small_counts(table, base)
        inner = {id_: before[id_] for id_, leaves in rounding.leaves_of(table).items() if leaves == (id_,)}
        whole, parts = rounding.change(before, after), rounding.change(inner, after)
        return {
            "base": base,
            "metrics": {
                "roundBase": base,
                "maxRound": base - 1,
                "maxdiff": whole.largest,
                "inner_HDutility": parts.utility,
                "HDutility": whole.utility,
                "inner_meanAbsDiff": parts.mean,
                "meanAbsDiff": whole.mean,
                "inner_rootMeanSquare": parts.root_mean_square,
                "rootMeanSquare": whole.root_mean_square,
            },
            "publish": [
                dict(zip(names, codes(id_), strict=True))
                | {"original": old, "rounded": after[id_], "difference": after[id_] - old}
                for id_, old in before.items()
            ],
        }

    return {name: answer(name) for name in wanted(vector, r"base\d+", ("base3", "base5"))}


# Models and the whole report


def shrinkage(vector: Mapping[str, Any]) -> Record:
    groups = vector["input"]["groups"]
    model = multilevel.random_intercept(column(groups, "numerator"), column(groups, "denominator"))
    return {
        "intercept": model.intercept,
        "variance": model.variance,
        "median_odds_ratio": model.median_odds_ratio,
        "rows": [
            {"group": group["group"], "random_effect": effect, "shrunk_proportion": share}
            for group, effect, share in zip(groups, model.effects, model.shrunken, strict=True)
        ],
    }


def whole_report(vector: Mapping[str, Any]) -> Record:
    rows, standard = vector["input"]["strata"], vector["input"]["standard"]
    names, counts, population = unit_tables(rows, "kommunenr", "hendelser", "innbyggere")
    order = dict.fromkeys(tuple(r[k] for k in ("kjonn", "aldersgruppe")) for r in rows)
    weight = {tuple(r[k] for k in ("kjonn", "aldersgruppe")): r["vekt"] for r in standard}
    weights = [weight[stratum] for stratum in order]
    observed, people = counts.sum(axis=1), population.sum(axis=1)
    expected = rates.expected_counts(population, rates.pooled_rates(counts, population))
    direct = [
        rates.fay_feuer(rates.Strata.of(counts[i], population[i], np.array(weights)), multiplier=1000)
        for i in range(len(names))
    ]
    inner, outer = funnel.poisson_limits(expected, INNER), funnel.poisson_limits(expected, OUTER)
    scale = funnel.sqrt_ratio(observed, expected)
    phi, tau2 = funnel.overdispersion(funnel.winsorised(scale.z), scale.error)
    flags = funnel.flag_ratios(observed, expected)
    fit = bayes(observed, expected)
    shown = np.array([rate.value for rate in direct], dtype=float)
    return {
        "kommuner": [
            {
                "kommunenr": name,
                "observed": observed[i],
                "population": people[i],
                "crude_per_1000": rates.ratio(observed[i], people[i], multiplier=1000).value,
                "expected": expected[i],
                "ratio": rates.ratio(observed[i], expected[i]).value,
                "dsr_per_1000": direct[i].value,
                "dsr_gamma_lower": direct[i].lower,
                "dsr_gamma_upper": direct[i].upper,
                "poisson_lower_95": inner.lower[i],
                "poisson_upper_95": inner.upper[i],
                "poisson_lower_998": outer.lower[i],
                "poisson_upper_998": outer.upper[i],
                "z_sqrt": scale.z[i],
                "shrunk_ratio": fit["gamma_mean1_shrunk_ratio"][i],
                "p_poisson": flags.p[i],
                "p_BH": flags.q[i],
            }
            for i, name in enumerate(names)
        ],
        "FT": variation.extremal_quotient(shown),
        "FT2": variation.extremal_quotient(shown, 1),
        "FT3": variation.extremal_quotient(shown, 2),
        "CV": variation.coefficient_of_variation(shown),
        "scv_diehr": fit["scv_diehr"],
        "gamma_alpha": fit["gamma_mean1_alpha"],
        "phi": phi,
        "tau2": tau2,
        "chi_square": fit["chi_square"]["statistic"],
    }


def has(*names: str) -> Callable[[Record], bool]:
    return lambda given: all(name in given for name in names)


def rows_have(table: str, *columns: str) -> Callable[[Record], bool]:
    return lambda given: bool(given.get(table)) and all(name in given[table][0] for name in columns)


Handler = tuple[set[str], Callable[[Record], bool], Callable[[Mapping[str, Any]], Record]]
SPC = set(CHART_TAGS) | {"anhoej_run_rules"}
HANDLERS: tuple[Handler, ...] = (
    ({"byar_ci", "poisson_exact_ci", "poisson_byar_ci", "wilson_ci"}, has("cases"), count_cases),
    ({"crude_rate", "proportion"}, rows_have("areas", "Numerator"), area_shares),
    (
        {"directly_standardised_rate_dobson_ci", "directly_standardised_rate_dobson_ci_repeat_events"},
        has("strata"),
        dobson_rates,
    ),
    ({"directly_standardised_rate_fay_feuer_gamma_ci"}, has("strata"), gamma_rate),
    ({"indirectly_standardised_ratio"}, rows_have("strata", "refcount"), indirect_ratios),
    ({"indirect_standardisation_internal"}, has("strata"), internal_standardisation),
    (
        {"scv", "eb_poisson_gamma", "eb_poisson_gamma_mean1", "eb_marshall", "chi_square_homogeneity"},
        has("areas"),
        area_bayes,
    ),
    ({"extremal_quotient_ft_ft2_ft3", "coefficient_of_variation"}, has("indicators"), atlas_measures),
    ({"funnel_wilson_limits"}, has("areas"), phe_funnel_proportion),
    ({"funnel_poisson_limits_inverted"}, has("areas"), phe_funnel_ratio),
    ({"funnel_poisson_limits"}, lambda given: "groups" not in given and "expected" in given, poisson_limit_list),
    (
        {"funnel_poisson_limits", "overdispersion_phi_tau2", "funnel_limits_overdispersed"},
        has("groups"),
        funnel_groups,
    ),
    (
        {"funnel_exact_binomial_limits", "p_value_binomial", "multiple_testing"},
        rows_have("groups", "denominator"),
        binomial_funnel,
    ),
    ({"quantile_groups"}, has("rows"), quantile_groups),
    ({"deciles", "percent_rank"}, rows_have("groups", "value"), decile_table),
    (SPC, has("series"), control_charts),
    ({"xmr_chart", "nhs_special_cause_rules"}, rows_have("series", "y"), xmr),
    (set(COEFFICIENTS), lambda given: "table" in given or "ratings" in given, gwet_coefficients),
    ({"light_kappa", "cohen_kappa"}, has("ratings"), irr_coefficients),
    ({"small_cell_suppression_with_secondary"}, has("data"), suppression),
    ({"small_count_rounding"}, has("data"), small_count_rounding),
    ({"random_intercept_logistic", "median_odds_ratio", "shrunken_proportion"}, has("groups"), shrinkage),
    ({"end_to_end_variation_report"}, has("strata", "standard"), whole_report),
)


# Comparison

# Not compared, each for its reason: figures that the vector says cannot be reproduced; the other form of Byar's limits,
# given to show the difference; how the peer names its method; a count of the peer's own run.
NOT_COMPARED = {
    "published_not_reproduced",
    "published_scv_not_reproducible_without_strata",
    "byar_lower_epitools",
    "byar_upper_epitools",
    "n_iterations",
}


def agrees(vector: Mapping[str, Any], computed: Mapping[str, Any]) -> bool:
    """Whether our answer is the vector's, by its own tolerance or by the properties in its notes."""
    tolerance = vector["tolerance"]
    if not tolerance.get("property"):
        return same(vector["expected"], computed, tolerance)
    holds = suppression_holds if "suppression" in vector["method"] else rounding_holds
    expected = vector["expected"]
    return all(name in computed and holds(vector, expected[name], computed[name]) for name in expected)


def same(expected: Any, computed: Any, tolerance: Mapping[str, float]) -> bool:
    """Everything expected is there and close; more may be there."""
    if isinstance(expected, Mapping):
        compared = {
            name: value for name, value in expected.items() if name not in NOT_COMPARED and not labels(expected, name)
        }
        return isinstance(computed, Mapping) and all(
            name in computed and same(value, computed[name], tolerance_of(name, expected, tolerance))
            for name, value in compared.items()
        )
    if isinstance(expected, list):
        return same_list(expected, computed, tolerance)
    return same_value(expected, clean(computed), tolerance)


def tolerance_of(name: str, record: Mapping[str, Any], tolerance: Mapping[str, float]) -> Mapping[str, float]:
    """A peer that searches for an expected number has it to the absolute tolerance, and its inverse in proportion."""
    inverse_of = re.sub(r"_(count|isr)$", "_exp_events", name)
    if inverse_of == name or not record.get(inverse_of):
        return tolerance
    return {**tolerance, "rel": tolerance["rel"] + tolerance["abs"] / record[inverse_of]}


def labels(record: Mapping[str, Any], name: str) -> bool:
    """A peer's long name for its method, in a table of results (`sava`), is no result."""
    return name == "method" and record[name] not in METHOD_NAMES.values()


def same_list(expected: list[Any], computed: Any, tolerance: Mapping[str, float]) -> bool:
    """Row for row; by name where rows have one, since peers sort differently."""
    if not isinstance(computed, Sequence) or isinstance(computed, str) or len(expected) != len(computed):
        return False
    key = row_name(expected)
    if key is None or not all(isinstance(row, Mapping) and key in row for row in computed):
        return all(same(e, c, tolerance) for e, c in zip(expected, computed, strict=True))
    named = {str(row[key]): row for row in computed}
    return all(str(row[key]) in named and same(row, named[str(row[key])], tolerance) for row in expected)


def row_name(rows: list[Any]) -> str | None:
    """The column of text that names each row, if there is one."""
    if not rows or not all(isinstance(row, Mapping) for row in rows):
        return None
    texts = (name for name, value in rows[0].items() if isinstance(value, str) and all(name in row for row in rows))
    return next((name for name in texts if len({row[name] for row in rows}) == len(rows)), None)


def same_value(expected: Any, computed: Any, tolerance: Mapping[str, float]) -> bool:
    if expected is None or computed is None:
        return expected is None and computed is None
    pair = [numbers_in(value) for value in (expected, computed)]
    if pair[0] is None or pair[1] is None:
        return str(expected) == str(computed)
    # Limits printed as text are rounded to three decimals.
    loose = 0.00051 if isinstance(expected, str) and "(" in expected else tolerance["abs"]
    return len(pair[0]) == len(pair[1]) and all(
        math.isclose(a, b, rel_tol=tolerance["rel"], abs_tol=loose) for a, b in zip(*pair, strict=True)
    )


def numbers_in(value: Any) -> list[float] | None:
    """A number, or the numbers of a text that is nothing else, such as `(0.461,1)`."""
    if not isinstance(value, str):
        return [float(value)]
    parts = value.strip("() ").split(",")
    numeric = all(re.fullmatch(r"\s*-?\d+(\.\d*)?([eE][-+]?\d+)?\s*", part) for part in parts)
    return [float(part) for part in parts] if numeric else None


def suppression_holds(vector: Mapping[str, Any], expected: Record, computed: Record) -> bool:
    """Same primary cells, nothing recoverable from what is published, and at most a quarter more hidden."""
    mine, theirs = by_codes(computed["cells"]), by_codes(expected["cells"])
    if mine.keys() != theirs.keys() or any(mine[k]["freq"] != theirs[k]["freq"] for k in mine):
        return False
    alike = all(
        mine[k]["primary"] == theirs[k]["primary"] and mine[k]["suppressed"] >= mine[k]["primary"] for k in mine
    )
    hidden = [k for k in mine if mine[k]["suppressed"]]
    return (
        alike
        and not any(recoverable(vector["input"]["data"], mine, hidden))
        and len(hidden) <= 1.25 * expected["n_suppressed"]
    )


def by_codes(cells: list[Record]) -> dict[frozenset[tuple[str, str]], Record]:
    return {frozenset((k, v) for k, v in cell.items() if isinstance(v, str)): cell for cell in cells}


def recoverable(
    data: list[Record], cells: Mapping[frozenset[tuple[str, str]], Record], hidden: list[frozenset[tuple[str, str]]]
) -> list[bool]:
    """For each hidden cell: does it lie in the row space of the published ones, as sums of the inner cells?"""

    def members(cell: frozenset[tuple[str, str]]) -> list[float]:
        return [float(all(code in {"Total", *row.values()} for _, code in cell)) for row in data]

    published = np.array([members(cell) for cell in cells if cell not in set(hidden)])
    rank = np.linalg.matrix_rank(published)
    return [bool(np.linalg.matrix_rank(np.vstack([published, members(cell)])) == rank) for cell in hidden]


def rounding_holds(vector: Mapping[str, Any], expected: Record, computed: Record) -> bool:
    """No small count published, tables additive, and no change much greater than the peer's."""
    base, rows = expected["base"], computed["publish"]
    mine, theirs = by_codes(rows), by_codes(expected["publish"])
    if mine.keys() != theirs.keys() or any(mine[k]["original"] != theirs[k]["original"] for k in mine):
        return False
    none_small = all(row["rounded"] >= base or row["rounded"] == 0 for row in rows)
    close = max(abs(row["rounded"] - row["original"]) for row in rows) <= expected["metrics"]["maxdiff"] + base
    return none_small and close and all(additive(vector["input"]["data"], mine, cell) for cell in mine)


def additive(
    data: list[Record], rows: Mapping[frozenset[tuple[str, str]], Record], cell: frozenset[tuple[str, str]]
) -> bool:
    """The number is the sum of the rounded inner numbers under it."""
    columns = [name for name, _ in cell]
    inner = {frozenset((name, row[name]) for name in columns): row for row in data}
    under = [key for key, row in inner.items() if all(code in {"Total", *row.values()} for _, code in cell)]
    return rows[cell]["rounded"] == sum(rows[key]["rounded"] for key in under)
