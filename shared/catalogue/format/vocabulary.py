"""The closed lists of the catalogue format: which kinds, units, forms, acceptors and starting events exist.

Every value is an English word of the ledger; the Chinese wording of a source stands in a `*_zh` field beside it.
"""

from __future__ import annotations

from typing import Annotated, Literal

from msgspec import Meta

from shared.kernel.ids import END

Provider = Literal["kingdee", "shopex", "alibaba"]
Category = Literal["technical_improvement", "business_improvement", "management_improvement"]

ServiceId = Annotated[str, Meta(pattern=r"^(kingdee-3\.([1-9]|1[0-9])|shopex-[1-3]|alibaba-([1-9]|[12][0-9]))" + END)]
Slug = Annotated[str, Meta(pattern=r"^[a-z0-9][a-z0-9.-]{0,63}" + END, description="lower-case id inside one service")]
SectionList = Annotated[
    str,
    Meta(
        min_length=1,
        description="section numbers as printed; several are separated by '; '",
        examples=["3.1.4; 6"],
    ),
]
ContradictionId = Annotated[str, Meta(pattern=r"^C-[0-9]{2}" + END)]
RuleId = Annotated[str, Meta(pattern=r"^R-[0-9]{3}" + END)]
DayTime = Annotated[str, Meta(pattern=r"^([01][0-9]|2[0-3]):[0-5][0-9]-([01][0-9]|2[0-4]):[0-5][0-9]" + END)]

Unit = Literal[
    "working_day",  # 工作日
    "calendar_day",  # 天, 日, 自然日
    "week",
    "month",  # 月, 自然月
    "quarter",
    "year",
    "hour",
    "minute",
    "person_day",  # 人天
    "person_month",  # 人月
]

# What starts a period, or what a milestone counts from.
Start = Literal[
    "received_all",  # 收到全部交付物
    "received",  # 收到
    "submitted",  # 提交
    "uploaded",  # 上传
    "delivered",  # 交付完成
    "proposed",  # 方案提出
    "plan_submitted",  # 实施计划提交
    "solution_sent",  # 发送解决方案
    "notice_received",  # 收到不符点通知
    "comments_received",  # 收到修改意见
    "second_notice_received",  # 收到再次提出的不符点
    "resubmitted",  # 再次提交
    "contract_signing",  # T
    "contract_sealing",
    "contract_expiry",  # 合同到期
    "order_start",
    "service_start",
    "service_end",
    "service_established",
    "first_service_day",
    "application",
    "request",
    "visit",
    "visit_finished",
    "assessment_done",
    "report_time",  # 报到时间
    "incident",
    "cutover",  # 割接
    "cutover_finished",
    "example_converted",  # 示例应用改造完成
    "trial_run_start",
    "optimisation_end",  # 优化结束
    "form_signed",  # 服务确认单签署
    "acceptance",
    "acceptance_and_trial_run_end",  # 试运行结束并验收完成
    "risk_notice",
    "planned_effect",  # 变更的计划生效日
]

EditionKind = Literal["edition", "package", "pack", "sub_service", "option", "module"]
PricingUnit = Literal[
    "person_day",
    "person_month",
    "visit",
    "pack",
    "session",
    "month",
    "year",
    "month_or_year",
    "order_period",
    "table_block",
    "terabyte",
    "module",
    "application",
    "project",
    "environment",
    "user_class",
    "business_mode",
]
ChoiceKind = Literal["exactly_one", "at_least_one", "any"]
Support = Literal["supported", "unsupported", "on_demand", "choose_one"]
Recurrence = Literal["once", "daily", "weekly", "monthly", "quarterly"]
Side = Literal["customer", "provider", "both"]
RaciLetters = Annotated[str, Meta(pattern=r"^[RACIS](/[RACIS])*" + END, description="letters as printed, e.g. A/S/C/I")]

Layer = Literal["deliverable", "set", "milestone", "phase", "project", "report", "ticket"]
Group = Literal["P0", "P1", "P2", "P3", "P4", "P5", "P6", "P7", "P8", "P9", "P10", "P11"]
ProfileId = Literal[
    "A-WRITTEN",
    "A-ONLINE-NO-TIMER",
    "A-WRITTEN-5WD-AUTO",
    "A-SIGN-5WD-NO-DEEMED",
    "A-5WD-ONLINE-OR-WRITTEN-NO-DEEMED",
    "A-5WD-DEEMED-REWORK-5WD",
    "A-FULL-DISCREPANCY",
    "A-ONLINE-7D-NO-DEEMED",
    "A-TICKET-7D-CLOSE",
    "A-UPLOAD-7D-AUTO",
    "A-30D-DEEMED",
    "A-TIME-EXPIRY",
    "A-CONSOLE-1MONTH-NO-DEEMED",
    "K-CONFIRM",
    "S-JOINT",
    "S-UAT",
    "K-NONE",
]
Form = Literal[
    "written",  # 书面确认（含电子邮件）
    "email",  # 邮件确认
    "online_button",  # 公共云服务系统页面点击验收确认按钮
    "online_click",  # 线上点击确认
    "online_confirmation",  # 在线确认
    "console",  # 控制台确认
    "signature",  # 签字 by the customer's representative
    "signature_both",  # 双方签署
    "seal",  # 盖章
    "signed_form",  # 服务确认单
    "signed_test_report",  # 测试报告签署
    "joint_confirmation",  # 双方共同确认
    "confirmation",  # a confirmation whose form the source leaves open
    "evaluation",  # 服务评价
]
Acceptor = Literal[
    "acceptor",  # 验收人 / 甲方指定的代表
    "responsible_person",  # 负责人
    "customer",  # the source names no person
    "both_sides",
    "both_project_managers",
]
CoverKind = Literal[
    "deliverable", "milestone", "phase", "pack", "session", "increment", "request", "edition", "service"
]
ObjectionKind = Literal[
    "any_feedback",  # 未反馈: any feedback stops (A1, A18)
    "any_reply",  # 没有得到回复: any reply stops (A14-A16)
    "written_discrepancies",  # 不符点 (A25, A27)
    "review_meeting",  # 评审会后修改
    "unspecified",  # 如无异议: an objection is possible, its flow is not stated
]
TimeCompletionKind = Literal["pack_end", "order_expiry", "service_period_end", "support_end"]
CompletionFactKind = Literal["customer_side_stop", "person_days_served"]
CompletionKind = Literal[
    "customer_acceptance",
    "implemented_and_accepted",  # 实施结束并完成客户验收
    "report_signed",  # 签署《验收报告》
    "signature_and_online",
    "console_confirmation",
    "seal_or_signature",
    "form_signed",
    "representative_signature",
    "report_confirmed",  # online confirmation of a report
    "problem_solved",  # 客户确认问题解决
    "time_expiry",
    "alternative",
    "service_confirmation",  # 服务确认 / 结果确认
    "joint_confirmation",
    "activation",
]
SlaKind = Literal["commitment", "target"]
WindowDays = Literal["working_days", "mon_fri_except_holidays", "daily"]
ChannelKind = Literal[
    "phone",
    "im",
    "email",
    "ticket",
    "portal",
    "online_chat",
    "console",
    "internet",
    "fax",
    "paper",
    "video",
    "on_site",
]
ServicePeriodKind = Literal[
    "duration", "typical", "pack", "subscription", "order", "support", "validity", "extension", "sprint"
]
DeliveryMode = Literal["remote", "on_site", "resident", "online", "phone"]
AfterCareKind = Literal["warranty", "guarantee", "escort", "support", "follow_up", "ticket_channel"]
CancellationKind = Literal[
    "no_refund",
    "notice",
    "quota",
    "forfeiture",
    "extension",
    "force_majeure",
    "provider_may_end",
    "agreement_needed",
]
PrerequisiteKind = Literal[
    "product_owned",
    "service_bought",
    "edition_bought",
    "deliverable_accepted",
    "contract_signed",
    "payment",
    "preparation",
    "authorisation",
    "review",  # 阿里云审核后确认服务成立
    "applicability",
]
PrerequisiteTime = Literal["purchase", "application", "start", "request"]
QuantityKind = Literal["ceil", "tier", "limit", "quota", "recommended", "factor"]
Strictness = Literal["inclusive", "strict", "mixed", "open"]
FigureName = Literal[
    "per",
    "minimum",
    "at_least",
    "at_most",
    "above",
    "below",
    "included",
    "quota",
    "recommended",
    "factor",
    "percent",
]
QuantityEffect = Literal[
    "units", "select_edition", "reject", "upsell", "special_agreement", "assessment", "warning", "charge"
]
PaymentKind = Literal["prepaid", "by_phase", "by_contract", "on_acceptance", "subscription", "settlement_evidence"]
RoleKind = Literal[
    "project_manager",
    "technical_manager",
    "acceptor",
    "responsible_person",
    "contact",
    "technical_contact",
    "initiator",
    "service_manager",
    "expert",
]
MetWhen = Literal["submitted", "accepted", "confirmed"]
FormsNeeded = Literal["any", "all"]
TierPartKind = Literal["tier", "service", "other"]
