"""What counts as a case, from the protocol's tiers."""

from __future__ import annotations

from reports.metadata import Metadata

TIERS = {
    "definite": "soft-tissue calcification on a radiograph or CT "
    "while on dialysis, bone erosion not "
    "recorded as present, no excluding disease",
    "probable": "a diagnosis code for calcinosis cutis while on dialysis, "
    "once as an inpatient or twice "
    "as an outpatient at least 30 days apart, no excluding disease",
    "possible": "a wider code for a calcium disorder or muscle "
    "calcification with imaging, and no code "
    "for ulcer or gangrene",
}
LAB = {
    "off": "No laboratory value enters the case definition, so that "
    "laboratory values can be studied as "
    "risk factors.",
    "any_mineral": "At least one abnormal mineral value near the date "
    "is required, so mineral values "
    "cannot be studied as risk factors.",
    "pth_required": (
        "A raised PTH near the date is required, so PTH cannot be studied as a risk factor."
    ),
}
NO_ERRORS = (
    "No error rates are assumed: what is counted is recorded disease, not corrected for cases "
    "missed or wrongly recorded."
)
ERRORS = (
    "What is counted is recorded disease; the protocol's error rates correct it in the part on "
    "prevalence, beside the figure as recorded."
)
LOOK_ALIKES = (
    (
        "Dystrophic calcinosis",
        "deposits in damaged tissue (systemic sclerosis, dermatomyositis, lupus)",
        "calcium and phosphate normal; excluded by its codes",
    ),
    (
        "Calciphylaxis",
        "calcified arterioles, painful necrotic ulcers",
        "codes for ulcer or gangrene",
    ),
    (
        "Idiopathic and familial tumoral calcinosis",
        "no tissue damage, kidneys normal",
        "kidney failure",
    ),
    (
        "Iatrogenic calcinosis",
        "calcium or phosphate given into a vein that leaked",
        "a recent exposure, rarely recorded",
    ),
    (
        "Uraemic tumoral calcinosis",
        "large masses around joints on dialysis",
        "counted: the same process by another name",
    ),
)


def tiers(metadata: Metadata) -> list[tuple[str, str, str]]:
    """(tier, rule, whether it makes a case here)."""
    chosen = metadata.outcome["tiers"]
    return [
        (name.capitalize(), rule, "yes" if name in chosen else "counted apart")
        for name, rule in TIERS.items()
    ]


def sentences(metadata: Metadata) -> list[str]:
    kind = metadata.outcome["kind"]
    if kind == "death":
        return [
            "The outcome is death from any cause, as the source records it: one record, no tiers."
        ]
    if kind == "diagnosis":
        code = f"{metadata.outcome['code']} in the system {metadata.outcome['system']}"
        return [
            (
                f"The outcome is {metadata.outcome['label']}: the first "
                f"record of {code}. There are no tiers."
            )
        ]
    return [
        "No code means this disease alone, so a case is decided in tiers of certainty.",
        LAB[metadata.outcome["lab_criterion"]],
        ERRORS if metadata.protocol.get("misclassification") else NO_ERRORS,
        "Under the two-claim rule the date is that of the second claim: the first would borrow "
        "information from the future.",
    ]
