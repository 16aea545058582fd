//! `scenario.toml` of the county.

use super::{County, DETOUR, STREETS, Site, TOWNS};
use std::fmt::Write;

impl County {
    /// The text of `scenario.toml`.
    pub(super) fn scenario(&self, seed: u64) -> String {
        let keys = |chosen: &dyn Fn(&Site) -> bool| -> String {
            let keys: Vec<String> =
                self.sites.iter().filter(|site| chosen(site)).map(|site| format!("\"{}\"", site.key)).collect();
            keys.join(", ")
        };
        let shut = keys(&|site| site.village && !site.protected);
        let grow = keys(&|site| !site.village && !site.candidate);
        let mut merges = String::new();
        for area in STREETS..STREETS + TOWNS {
            let centre = self
                .sites
                .iter()
                .find(|site| site.area == area && !site.village && !site.candidate && site.kind.offers(0));
            let villages = keys(&|site| site.area == area && site.village && !site.protected);
            if let (Some(centre), false) = (centre, villages.is_empty()) {
                let _ = write!(
                    merges,
                    "\n[[actions]]\nsites = [{villages}]\naction = \"merge\"\ninto = \"{}\"\nrunning = -240000\n\
                     disposal = \"transfer\"\nreason = {{ zh = \"并入镇中心校\", en = \"To the school of the town\" }}\n",
                    centre.key
                );
            }
        }
        let mut builds = String::new();
        for (kind, classes, floor) in [("primary", 36, 16_200), ("junior", 36, 18_000), ("nine_year", 27, 12_800)] {
            let plots = keys(&|site| site.candidate && site.kind.name() == kind);
            let _ = write!(
                builds,
                "\n[[actions]]\nsites = [{plots}]\naction = \"build\"\nkind = \"{kind}\"\nclasses = {classes}\nfloor_m2 = {floor}\n\
                 capital_per_class = 1750000\nrunning = 300000\nlead_years = 1\nyears = [2027, 2028, 2029, 2030]\n\
                 reason = {{ zh = \"城镇学位\", en = \"Places in the towns\" }}\n"
            );
        }
        format!(
            r#"# Synthetic: made by `catchment generate dazu --seed {seed}`. No real school, village or pupil.
schema = "catchment-scenario/1"
name = "dazu"
title = {{ zh = "大足型合成区县(种子 {seed})", en = "Synthetic county of the size of Dazu (seed {seed})" }}
description = {{ zh = "191 个校点、93,000 名学生、8 个规划年的合成大县，仅规模取自真实区县，用于测试求解。", en = "A large synthetic county of 191 sites, 93,000 pupils and eight plan years; only the size is that of a real district. Made for measuring the solver." }}
notice = {{ zh = "合成数据，不代表任何真实学校。", en = "Synthetic data; no real school is meant." }}
synthetic = true
baseline_year = 2025
years = [2026, 2027, 2028, 2029, 2030, 2031, 2032, 2033]
stages = ["primary", "junior"]

[pupils]
forecast = "falling"

[travel]
detour_factor = {DETOUR}
speed_kmh = 20.0

[objective]
weights = {{ travel_pupil_km = 1.0, cost = 0.2 }}
discount = 0.03
yuan_per_pupil_km = 228.0

[[forecasts]]
name = "falling"
title = {{ zh = "出生下降", en = "Falling births" }}
entrants_change = {{ primary = -0.05 }}
progression = {{ 7 = 0.99 }}
migration = {{ urban = 0.015, town = 0.0, rural = -0.02 }}

[[forecasts]]
name = "steady"
title = {{ zh = "出生平稳", en = "Steadier births" }}
entrants_change = {{ primary = -0.02 }}
progression = {{ 7 = 0.99 }}
migration = {{ urban = 0.02, town = 0.0, rural = -0.02 }}

[[rules]]
id = "dazu.class.primary"
title = {{ zh = "小学班额", en = "Primary class size" }}
source = {{ doc = "教督〔2017〕6号", status = "seed" }}
scope = {{ stages = ["primary"] }}
metric = "class_size_max"
op = "<="
limit = 45
severity = "hard"
soft = {{ weight = 100.0 }}
calendar = {{ deadline = 2028, no_worse = true }}

[[rules]]
id = "dazu.class.junior"
title = {{ zh = "初中班额", en = "Junior class size" }}
source = {{ doc = "教督〔2017〕6号", status = "seed" }}
scope = {{ stages = ["junior"] }}
metric = "class_size_max"
op = "<="
limit = 50
severity = "hard"
soft = {{ weight = 100.0 }}
calendar = {{ deadline = 2028, no_worse = true }}

[[rules]]
id = "dazu.size.single"
title = {{ zh = "小学、初中规模", en = "School size, single stage" }}
source = {{ doc = "教督〔2017〕6号", status = "seed" }}
scope = {{ integrated = false }}
metric = "site_size"
op = "<="
limit = 2000
severity = "hard"

[[rules]]
id = "dazu.size.integrated"
title = {{ zh = "九年一贯制学校规模", en = "School size, primary and junior" }}
source = {{ doc = "教督〔2017〕6号", status = "seed" }}
scope = {{ integrated = true }}
metric = "site_size"
op = "<="
limit = 2500
severity = "hard"

[[rules]]
id = "dazu.reach.primary"
title = {{ zh = "小学上学路程", en = "Way to primary school" }}
source = {{ doc = "scenario", status = "scenario" }}
scope = {{ stages = ["primary"] }}
metric = "travel_dist"
op = "<="
limit = 9000
severity = "hard"

[[rules]]
id = "dazu.reach.junior"
title = {{ zh = "初中上学路程", en = "Way to junior middle school" }}
source = {{ doc = "scenario", status = "scenario" }}
scope = {{ stages = ["junior"] }}
metric = "travel_dist"
op = "<="
limit = 16000
severity = "hard"

[[rules]]
id = "dazu.closures"
title = {{ zh = "每年撤并校点数", en = "Schools closed or merged in a year" }}
source = {{ doc = "scenario", status = "scenario" }}
metric = "closures"
params = {{ per = "year", count_merges = true }}
op = "<="
limit = 10
severity = "hard"

[[rules]]
id = "dazu.town.primary"
title = {{ zh = "每个乡镇至少一所小学", en = "A primary in every township" }}
source = {{ doc = "国办发〔2012〕48号", status = "verified" }}
scope = {{ stages = ["primary"] }}
metric = "sites_per_area"
op = ">="
limit = 1
severity = "hard"

[[rules]]
id = "dazu.budget"
title = {{ zh = "年度投资", en = "Capital of a year" }}
source = {{ doc = "scenario", status = "scenario" }}
metric = "budget"
op = "<="
limit = 200000000
severity = "hard"

[[rules]]
id = "dazu.funds"
title = {{ zh = "公用经费", en = "Public funds" }}
source = {{ doc = "国发〔2015〕67号", status = "seed" }}
metric = "public_funds"
params = {{ primary = 720, junior = 940, small_pupils = 100, counted_as = 100 }}
op = "<="
limit = 1000000000
severity = "report"

# Few births in the country: most village schools may end, at most ten a year.
[[actions]]
sites = [{shut}]
action = "close"
running = -250000
disposal = "transform"
reason = {{ zh = "农村生源减少", en = "Fewer pupils in the country" }}
{merges}
[[actions]]
sites = [{grow}]
action = "expand"
classes = [6, 12]
floor_m2 = [2700, 5400]
capital_per_class = 1750000
lead_years = 1
years = [2027, 2028, 2029, 2030]
reason = {{ zh = "城镇学位", en = "Places in the towns" }}
{builds}"#
        )
    }
}
