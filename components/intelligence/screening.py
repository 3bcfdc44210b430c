"""What a model may be asked and may answer (pure): the filters of the guardrail, as data.

https://docs.aws.amazon.com/bedrock/latest/userguide/guardrails.html
"""

import hashlib
import json
from collections.abc import Mapping, Sequence
from types import MappingProxyType

# Strengths of input and output. A prompt attack is something that a user does, so an answer has none.
CONTENT: Mapping[str, tuple[str, str]] = MappingProxyType(
    {
        "HATE": ("HIGH", "HIGH"),
        "INSULTS": ("HIGH", "HIGH"),
        "MISCONDUCT": ("HIGH", "HIGH"),
        "PROMPT_ATTACK": ("HIGH", "NONE"),
        "SEXUAL": ("HIGH", "HIGH"),
        "VIOLENCE": ("HIGH", "HIGH"),
    }
)
# The standard tier understands Korean; the classic one English, French and Spanish only. It runs in the regions of a
# geography, so it needs a guardrail profile.
# https://docs.aws.amazon.com/bedrock/latest/userguide/guardrails-tiers.html
TIER = "STANDARD"
PROFILE = "apac.guardrail.v1:0"
# What would let somebody in or be charged ends the conversation; what only says who somebody is becomes `{NAME}`.
BLOCKED_ENTITIES: Sequence[str] = ("AWS_ACCESS_KEY", "AWS_SECRET_KEY", "CREDIT_DEBIT_CARD_NUMBER", "PASSWORD", "PIN")
MASKED_ENTITIES: Sequence[str] = ("ADDRESS", "EMAIL", "IP_ADDRESS", "NAME", "PHONE")

# Bedrock knows identity numbers of other countries. Birth date, a digit for century and sex (5 to 8: foreigners), six
# more. ISMS-P allows nobody to handle it without a law that says so.
RESIDENT_NUMBER = r"\b\d{2}(0[1-9]|1[0-2])(0[1-9]|[12]\d|3[01])[- ]?[1-8]\d{6}\b"
MOBILE_NUMBER = r"\b01[016789][- ]?\d{3,4}[- ]?\d{4}\b"
PATTERNS: Mapping[str, tuple[str, str, str]] = MappingProxyType(  # name -> action, pattern, what it is
    {
        "resident-number": ("BLOCK", RESIDENT_NUMBER, "Korean resident or alien registration number"),
        "mobile-number": ("ANONYMIZE", MOBILE_NUMBER, "Korean mobile number"),
    }
)
# What a start-up's assistant answers for and must not: name, definition (200 characters at most), examples.
TOPICS: Mapping[str, tuple[str, Sequence[str]]] = MappingProxyType(
    {
        "legal-advice": (
            "Advice on a person's own legal case, contract, dispute, lawsuit or criminal charge.",
            ("Can I sue my landlord?", "이 계약서에 서명해도 되나요?"),
        ),
        "medical-advice": (
            "Diagnosis, treatment or medication for a person's own illness, injury or symptoms.",
            ("What should I take against this pain?", "이 약을 같이 먹어도 되나요?"),
        ),
        "investment-advice": (
            "Recommendations to buy, hold or sell securities, coins or property, or forecasts of their price.",
            ("Which stock should I buy?", "지금 코인을 사도 될까요?"),
        ),
    }
)
# Of 0 to 0.99: below it, an answer that its source does not carry, or that is not to the question, is withheld.
# https://docs.aws.amazon.com/bedrock/latest/userguide/guardrails-contextual-grounding-check.html
GROUNDING: Mapping[str, float] = MappingProxyType({"GROUNDING": 0.75, "RELEVANCE": 0.5})
REFUSED_QUESTION = "이 질문에는 답할 수 없습니다. Sorry, this cannot be answered."
REFUSED_ANSWER = "답변을 표시할 수 없습니다. Sorry, the answer cannot be shown."


def fingerprint() -> str:
    """Twelve letters that are others when anything above is otherwise."""
    all_of_it = [
        *(dict(each) for each in (CONTENT, PATTERNS, TOPICS, GROUNDING)),
        *(list(each) for each in (BLOCKED_ENTITIES, MASKED_ENTITIES)),
        *(TIER, PROFILE, REFUSED_QUESTION, REFUSED_ANSWER),
    ]
    return hashlib.sha256(json.dumps(all_of_it).encode()).hexdigest()[:12]
