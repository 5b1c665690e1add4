#include "widgets/jobs/jobs_panel.h"

#include "widgets/jobs/jobs_filter.h"
#include "widgets/jobs/jobs_view.h"
#include "widgets/theme/line_icon.h"

#include <QAction>
#include <QComboBox>
#include <QEvent>
#include <QHBoxLayout>
#include <QHeaderView>
#include <QItemSelectionModel>
#include <QLineEdit>
#include <QMenu>
#include <QToolButton>
#include <QVBoxLayout>
#include <algorithm>

namespace fxs::ui {

namespace {

/// How many rows an act is for: these need exactly so many, the others any number from one on.
int rowsOf(JobAct act) {
    switch (act) {
    case JobAct::follow:
    case JobAct::openLog:
    case JobAct::openScript:
    case JobAct::openFolder:
        return 1;
    case JobAct::compare:
        return 2;
    default:
        return 0;
    }
}

} // namespace

JobsPanel::JobsPanel(JobsModel* model, QWidget* parent)
    : QWidget(parent), m_model(model), m_filter(new JobsFilter(this)), m_text(new QLineEdit), m_states(new QComboBox) {
    m_filter->setSourceModel(model);
    m_view = new JobsView(m_filter);
    makeActions();
    auto* layout = new QVBoxLayout(this);
    layout->setContentsMargins(4, 4, 4, 0);
    layout->setSpacing(3);
    layout->addWidget(makeBar());
    layout->addWidget(m_view, 1);
    m_view->setContextMenuPolicy(Qt::CustomContextMenu);
    connect(m_view, &QWidget::customContextMenuRequested, this, &JobsPanel::showMenu);
    connect(m_view, &QAbstractItemView::doubleClicked, action(JobAct::follow), &QAction::trigger);
    connect(m_view->selectionModel(), &QItemSelectionModel::selectionChanged, this, &JobsPanel::refresh);
    connect(model, &JobsModel::actsChanged, this, &JobsPanel::refresh);
    refreshIcons();
    refresh();
}

void JobsPanel::makeActions() {
    const auto add = [this](JobAct act, const QString& icon, const QString& text, const QString& tip,
                            const QKeySequence& key) {
        auto* made = new QAction(text, this);
        made->setToolTip(tr("%1 (%2)").arg(tip, key.toString(QKeySequence::NativeText)));
        made->setStatusTip(tip);
        // The plain keys are those of the table alone: elsewhere they are letters.
        made->setShortcut(key);
        made->setShortcutContext(Qt::WidgetShortcut);
        m_view->addAction(made);
        m_actions.append({act, icon, made});
        connect(made, &QAction::triggered, this, [this, act] { Q_EMIT requested(act, chosen()); });
    };
    add(JobAct::follow, QStringLiteral("eye"), tr("Show in the &views"),
        tr("Shows this job's results in the views, and goes on with them as they come"), Qt::Key_Return);
    add(JobAct::openLog, QStringLiteral("log"), tr("Show &log"), tr("Shows only this job's lines in the log"),
        Qt::Key_L);
    add(JobAct::openScript, QStringLiteral("script"), tr("Show &script"),
        tr("Shows what was run: the command line, or a cluster job's batch script"), Qt::Key_B);
    add(JobAct::openFolder, QStringLiteral("open"), tr("Open f&older"), tr("Opens the folder that the job writes to"),
        Qt::Key_O);
    add(JobAct::stop, QStringLiteral("stop"), tr("&Stop"),
        tr("Stops the job; what it has finished is kept and can be resumed"), Qt::Key_S);
    add(JobAct::finish, QStringLiteral("finish"), tr("&Finish now"),
        tr("Ends the running stage early and goes on with the best result so far"), Qt::Key_F);
    add(JobAct::resume, QStringLiteral("play"), tr("&Resume"),
        tr("Goes on from what the job kept: no frame is counted twice"), Qt::Key_R);
    add(JobAct::resubmit, QStringLiteral("again"), tr("Submit a&gain"),
        tr("Runs the same inputs and settings anew, into a new folder"), Qt::Key_N);
    add(JobAct::fetch, QStringLiteral("fetch"), tr("F&etch results"),
        tr("Brings the job's result files to this computer and opens them"), Qt::Key_G);
    add(JobAct::compare, QStringLiteral("compare"), tr("&Compare densities"),
        tr("Lays the densities of two jobs over each other and tells to which resolution they agree"), Qt::Key_C);
    add(JobAct::remove, QStringLiteral("remove"), tr("Remove from the list"),
        tr("Forgets the job; its files stay where they are"), Qt::Key_Delete);
}

QWidget* JobsPanel::makeBar() {
    auto* bar = new QWidget;
    auto* row = new QHBoxLayout(bar);
    row->setContentsMargins(0, 0, 0, 0);
    row->setSpacing(2);
    m_text->setPlaceholderText(tr("Filter jobs"));
    m_text->setClearButtonEnabled(true);
    m_text->setAccessibleName(tr("Filter jobs"));
    m_text->setToolTip(tr("Shows the jobs whose name, place, state, folder or message hold all these words (Ctrl+F)"));
    m_text->setMinimumWidth(90);
    connect(m_text, &QLineEdit::textChanged, m_filter, &JobsFilter::setText);
    auto* find = new QAction(this);
    find->setShortcut(QKeySequence::Find);
    find->setShortcutContext(Qt::WidgetWithChildrenShortcut);
    connect(find, &QAction::triggered, m_text, [this] {
        m_text->setFocus(Qt::ShortcutFocusReason);
        m_text->selectAll();
    });
    addAction(find);
    for (const QString& name : {tr("All"), tr("Active"), tr("Done"), tr("Failed"), tr("Stopped")})
        m_states->addItem(name);
    m_states->setAccessibleName(tr("States shown"));
    m_states->setToolTip(tr("Shows only the jobs in this state"));
    connect(m_states, &QComboBox::currentIndexChanged, m_filter,
            [this](int index) { m_filter->setStates(static_cast<JobsFilter::States>(index)); });
    row->addWidget(m_text, 1);
    row->addWidget(m_states);
    row->addSpacing(6);
    for (const Entry& entry : m_actions) {
        auto* button = new QToolButton;
        button->setDefaultAction(entry.action);
        button->setAutoRaise(true);
        button->setIconSize(QSize(16, 16));
        button->setFocusPolicy(Qt::TabFocus);
        button->setAccessibleName(entry.action->text().remove(QLatin1Char('&')));
        row->addWidget(button);
    }
    return bar;
}

QAction* JobsPanel::action(JobAct act) const {
    for (const Entry& entry : m_actions)
        if (entry.act == act)
            return entry.action;
    return nullptr;
}

QStringList JobsPanel::chosen() const {
    QModelIndexList rows = m_view->selectionModel()->selectedRows();
    std::sort(rows.begin(), rows.end(), [](const auto& a, const auto& b) { return a.row() < b.row(); });
    QStringList ids;
    for (const QModelIndex& row : rows)
        ids << row.data(JobsModel::kIdRole).toString();
    return ids;
}

void JobsPanel::choose(const QStringList& ids) {
    QItemSelection rows;
    for (int i = 0; i < m_filter->rowCount(); ++i) {
        const QModelIndex index = m_filter->index(i, 0);
        if (ids.contains(index.data(JobsModel::kIdRole).toString()))
            rows.select(index, index);
    }
    m_view->selectionModel()->select(rows, QItemSelectionModel::ClearAndSelect | QItemSelectionModel::Rows);
}

void JobsPanel::refresh() {
    const QStringList ids = chosen();
    for (const Entry& entry : m_actions) {
        bool on = !ids.isEmpty() && (rowsOf(entry.act) == 0 || rowsOf(entry.act) == ids.size());
        for (const QString& id : ids) {
            const JobRow* job = m_model->job(id);
            on = on && job && job->acts.testFlag(entry.act);
        }
        entry.action->setEnabled(on);
    }
}

void JobsPanel::refreshIcons() {
    for (const Entry& entry : m_actions)
        entry.action->setIcon(lineIcon(entry.icon, palette()));
}

void JobsPanel::changeEvent(QEvent* event) {
    QWidget::changeEvent(event);
    if (event->type() == QEvent::PaletteChange)
        refreshIcons();
}

void JobsPanel::showMenu(const QPoint& at) {
    auto* menu = new QMenu(this);
    menu->setAttribute(Qt::WA_DeleteOnClose);
    for (const Entry& entry : m_actions) {
        if (entry.act == JobAct::stop || entry.act == JobAct::fetch || entry.act == JobAct::remove)
            menu->addSeparator();
        menu->addAction(entry.action);
    }
    menu->popup(m_view->viewport()->mapToGlobal(at));
}

} // namespace fxs::ui
