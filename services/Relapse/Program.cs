using JasperFx.Events.Projections;
using Monitoring.Contracts;
using Monitoring.Contracts.Relapse;
using Monitoring.Hosting;
using Monitoring.Relapse;

var builder = ServiceHost.CreateBuilder(args);
var ring = KeyRing.Read(builder.Configuration);
builder.Services.AddSingleton(ring);
builder.Services.AddSingleton(new ReceiptSecret(ring.ReceiptKey));
builder.Services.AddSingleton(FreeTexts.Check(ring));
builder.Services.AddHostedService<KeysAtHand>();

builder.AddSourceService("relapse", store =>
{
    Type[] areas = [typeof(AreaRegistered), typeof(AreaCorrected)];
    Type[] searches = [typeof(PeopleSearched)];
    Type[] rules =
    [
        typeof(RuleSetPublished), typeof(IncomeLineSet), typeof(ReferenceValueSet), typeof(TimeLimitsPublished), typeof(CalendarPublished),
    ];
    Type[] aside = [typeof(SignalSetAside), typeof(SignalMatched), typeof(AsideSignalWithdrawn)];
    Type[] screenings = [typeof(ScreeningStarted), typeof(ScreeningCancelled), typeof(ScreeningCompleted)];
    Type[] groups = [typeof(GroupRiskDetected)];
    store.Projections.Add(new Kept<Area>(areas), ProjectionLifecycle.Inline);
    store.Projections.Add(new Kept<RuleBook>(rules), ProjectionLifecycle.Inline);
    store.Projections.Add(
        new Kept<Household>(
            EventTypes.Of("relapse").Except(areas).Except(rules).Except(aside).Except(screenings).Except(groups).Except(searches),
            stamped: true),
        ProjectionLifecycle.Inline);
    store.Projections.Add(new Kept<ScreeningRun>(screenings), ProjectionLifecycle.Inline);
    store.Projections.Add(new Kept<GroupRisk>(groups), ProjectionLifecycle.Inline);
    store.Projections.Add(new Kept<PeopleSearch>(searches), ProjectionLifecycle.Inline);
    store.Schema.For<Household>().Index(household => household.IsOpen).Index(household => household.LastRiskOn!).Index(household => household.Village)
        .Index(household => household.HasProposal);
    Applicant.Configure(store);
    CaseNumber.Configure(store, builder.Configuration);
    store.Schema.For<ScreeningProgress>();
    Person.Configure(store);
    NamedSignal.Configure(store);
});

builder.Services.AddSingleton<ScreenCounty>();
builder.Services.AddHostedService(services => services.GetRequiredService<ScreenCounty>());
builder.Services.AddHostedService<DayWatch>();
builder.Services.AddSingleton<ErasePersonalData.Vacuum>();
builder.Services.AddHostedService(services => services.GetRequiredService<ErasePersonalData.Vacuum>());

var app = builder.Build();

app.UseService();
RegisterArea.Map(app);
CorrectArea.Map(app);
ShowAreas.Map(app);
EnrolHousehold.Map(app);
RequestEnrolment.Map(app);
ReviewEnrolment.Map(app);
ShowEnrolmentRequests.Map(app);
SurveyHousehold.Map(app);
ChangeHousehold.Map(app);
EndHousehold.Map(app);
DecideChange.Map(app);
PublishRuleSet.Map(app);
SetIncomeLine.Map(app);
SetReferenceValue.Map(app);
PublishTimeLimits.Map(app);
PublishCalendar.Map(app);
RequestHelp.Map(app);
VisitHome.Map(app);
AttemptVisit.Map(app);
CloseClue.Map(app);
GiveAuthorisation.Map(app);
CompareData.Map(app);
AssessInVillage.Map(app);
Publicise.Map(app);
ReviewInTownship.Map(app);
ReturnCase.Map(app);
DecideCase.Map(app);
AnnounceResult.Map(app);
OpenGreenChannel.Map(app);
Help.Map(app);
FollowUp.Map(app);
ProposeRemoval.Map(app);
NoteOnCase.Map(app);
CaseSteps.Map(app);
RegisterMember.Map(app);
RecordDeparture.Map(app);
SplitHousehold.Map(app);
MergeHousehold.Map(app);
ShowPeople.Map(app);
FindPerson.Map(app);
FindPeople.Map(app);
ListHouseholds.Map(app);
ErasePersonalData.Map(app);
ReportSignal.Map(app);
WithdrawSignal.Map(app);
NamedSignal.Map(app);
ShowOutcomes.Map(app);
ShowHousehold.Map(app);
ShowCases.Map(app);
ShowStory.Map(app);
CaseLoad.Map(app);
TryRuleSet.Map(app);
ScreenCounty.Map(app);
GroupRisk.Map(app);
DayWatch.Map(app);
app.MapReceipts("relapse");

await app.RunService(args, beyondStore: null, ("rotate-keys", RotateKeys.Run));
