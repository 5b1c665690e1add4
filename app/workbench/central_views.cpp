#include "app/workbench/central_views.h"

#include "app/workbench/frame_correction.h"
#include "app/workbench/frame_survey.h"
#include "app/workbench/frame_tools.h"
#include "app/workbench/reference_keeper.h"
#include "app/workbench/session_document.h"
#include "app/workbench/view_area.h"
#include "app/workbench/workbench.h"
#include "widgets/coefficients/coefficients_view.h"
#include "widgets/convergence/convergence_view.h"
#include "widgets/correlation/correlation_view.h"
#include "widgets/density/density_view.h"
#include "widgets/frames/frame_view.h"

#include <QSplitter>
#include <QVBoxLayout>

namespace fxs::app {

namespace {

/// Views that remember nothing are left out.
template <class View>
void collectView(const View& view, const std::string& name, SessionDocument& document) {
    if constexpr (requires { view.saveViewState(); })
        document.views[name] = view.saveViewState().toStdString();
}

template <class View>
void restoreView(View& view, const std::string& name, const SessionDocument& document) {
    if constexpr (requires { view.restoreViewState(QByteArray()); })
        if (const auto it = document.views.find(name); it != document.views.end())
            view.restoreViewState(QByteArray::fromStdString(it->second));
}

} // namespace

CentralViews::CentralViews(Workbench& workbench, QWidget* parent)
    : QWidget(parent), m_workbench(workbench), m_area(new ViewArea),
      m_frames(new ui::FrameView(workbench.background())),
      m_correlation(new ui::CorrelationView(workbench.background())), m_coefficients(new ui::CoefficientsView),
      m_density(new ui::DensityView(workbench.background())), m_convergence(new ui::ConvergenceView),
      m_reference(new ReferenceKeeper(workbench, *m_density, *m_convergence, this)) {
    auto* layout = new QVBoxLayout(this);
    layout->setContentsMargins(0, 0, 0, 0);
    layout->addWidget(m_area);
    auto* density = new QSplitter(Qt::Horizontal);
    density->addWidget(m_density);
    density->addWidget(m_convergence);
    density->setSizes({620, 380});
    density->setChildrenCollapsible(false);
    density->setContentsMargins(6, 6, 6, 6);
    auto* frames = new QWidget;
    auto* beside = new QHBoxLayout(frames);
    beside->setContentsMargins(0, 0, 0, 0);
    beside->setSpacing(0);
    m_frameTools = new FrameTools(workbench, *m_frames);
    beside->addWidget(m_frames, 1);
    beside->addWidget(m_frameTools);
    m_area->addPage(frames, tr("Frames"), QStringLiteral("frames"));
    m_area->addPage(m_correlation, tr("Correlation"), QStringLiteral("correlation"));
    m_area->addPage(m_coefficients, tr("Coefficients"), QStringLiteral("coefficients"));
    m_area->addPage(density, tr("Density"), QStringLiteral("density"));
    connectRun();
    connectResults();
}

void CentralViews::connectRun() {
    Session& session = m_workbench.session();
    connect(&session, &Session::runChanged, m_frames, [this, &session] { m_frames->setRun(session.run()); });
    connect(&m_workbench, &Workbench::frameReady, m_frames, &ui::FrameView::setFrame);
    connect(m_frames, &ui::FrameView::frameRequested, &m_workbench, &Workbench::showFrame);
    auto* survey = new FrameSurvey(m_workbench, this);
    connect(survey, &FrameSurvey::scoresReady, m_frames, &ui::FrameView::setScores);
    connect(survey, &FrameSurvey::statisticsReady, m_frames, &ui::FrameView::setStatistics);
    connect(m_frames, &ui::FrameView::statisticsRequested, survey, &FrameSurvey::sum);
    connect(m_frames, &ui::FrameView::statisticsStopRequested, survey, &FrameSurvey::stopSum);
    auto* correction = new FrameCorrectionKeeper(m_workbench, this);
    connect(correction, &FrameCorrectionKeeper::correctorChanged, m_frames, &ui::FrameView::setCorrector);
    connect(&m_workbench, &Workbench::openFailed, m_frames, [this](const QString& files, const QString& message) {
        if (!files.isEmpty())
            m_frames->setMessage(message);
    });
    connect(&m_workbench, &Workbench::frameFailed, m_frames, &ui::FrameView::setMessage);
}

void CentralViews::collect(SessionDocument& document) const {
    document.tab = m_area->current();
    document.views["arrangement"] = m_area->saveState().toStdString();
    collectView(*m_frames, "frames", document);
    collectView(*m_correlation, "correlation", document);
    collectView(*m_coefficients, "coefficients", document);
    collectView(*m_density, "density", document);
    collectView(*m_convergence, "convergence", document);
}

void CentralViews::restore(const SessionDocument& document) {
    if (const auto it = document.views.find("arrangement"); it != document.views.end())
        m_area->restoreState(QByteArray::fromStdString(it->second));
    restoreView(*m_frames, "frames", document);
    restoreView(*m_correlation, "correlation", document);
    restoreView(*m_coefficients, "coefficients", document);
    restoreView(*m_density, "density", document);
    restoreView(*m_convergence, "convergence", document);
    m_area->show(document.tab);
}

void CentralViews::connectResults() {
    const Session& session = m_workbench.session();
    connect(&session, &Session::resultsChanged, this, &CentralViews::showResults);
    connect(&session, &Session::staleChanged, this, [this, &session] {
        const auto why = [&session](Stage stage) {
            return session.isStale(stage) ? tr("Settings have changed since this was made") : QString();
        };
        m_correlation->setStale(why(Stage::correlate));
        m_coefficients->setStale(why(Stage::filter));
        m_density->setStale(why(Stage::reconstruct));
    });
    connect(m_density, &ui::DensityView::failed, &m_workbench, [this](const QString& reason) {
        Q_EMIT m_workbench.logged(LogLine{LogLevel::error, reason.toStdString()});
    });
    connect(m_density, &ui::DensityView::saved, &m_workbench, [this](const QString& path) {
        Q_EMIT m_workbench.logged(LogLine{LogLevel::info, tr("picture written: %1").arg(path).toStdString()});
    });
}

void CentralViews::showResults(Stage stage) {
    const Snapshot& results = m_workbench.session().results();
    switch (stage) {
    case Stage::correlate:
        m_correlation->setCorrelation(results.correlation);
        m_correlation->setLabelled(results.labelled);
        break;
    case Stage::filter:
        m_correlation->setFiltered(results.coefficients);
        m_coefficients->setResult(results.coefficients);
        break;
    case Stage::reconstruct:
        if (results.phasing) {
            m_density->setPhasing(results.phasing);
            m_convergence->setPhasing(results.phasing);
        } else {
            m_density->setReconstruction(results.density);
            m_convergence->setReconstruction(results.density);
        }
        break;
    }
}

} // namespace fxs::app
