#include "widgets/jobs/log_panel.h"

#include "widgets/jobs/log_model.h"
#include "widgets/jobs/log_view.h"
#include "widgets/theme/line_icon.h"
#include "widgets/theme/theme.h"

#include <QAction>
#include <QClipboard>
#include <QComboBox>
#include <QEvent>
#include <QGuiApplication>
#include <QHBoxLayout>
#include <QLabel>
#include <QLineEdit>
#include <QMenu>
#include <QToolButton>
#include <QVBoxLayout>

namespace fxs::ui {

namespace {
constexpr int kRecountMs = 250;
constexpr int kIconSize = 16;
} // namespace

LogPanel::LogPanel(LogModel* model, QWidget* parent)
    : QWidget(parent), m_filter(new LogFilter(this)), m_search(new QLineEdit), m_level(new QComboBox),
      m_job(new QComboBox), m_found(new QLabel) {
    m_filter->setSourceModel(model);
    m_view = new LogView(m_filter);
    m_view->setContextMenuPolicy(Qt::CustomContextMenu);
    connect(m_view, &QWidget::customContextMenuRequested, this, &LogPanel::showMenu);
    makeActions();
    auto* layout = new QVBoxLayout(this);
    layout->setContentsMargins(4, 4, 4, 0);
    layout->setSpacing(3);
    layout->addWidget(makeBar());
    layout->addWidget(m_view, 1);
    m_recount.setSingleShot(true);
    m_recount.setInterval(kRecountMs);
    connect(&m_recount, &QTimer::timeout, this, &LogPanel::refreshSearch);
    const auto recount = [this] {
        if (!m_search->text().isEmpty() && !m_recount.isActive())
            m_recount.start();
    };
    connect(m_filter, &QAbstractItemModel::rowsInserted, this, recount);
    connect(m_filter, &QAbstractItemModel::rowsRemoved, this, recount);
    setJobs({});
    refreshIcons();
    refreshSearch();
}

void LogPanel::makeActions() {
    const auto add = [this](const QString& text, const QString& tip, const QKeySequence& key) {
        auto* action = new QAction(text, this);
        action->setToolTip(key.isEmpty() ? tip : tr("%1 (%2)").arg(tip, key.toString(QKeySequence::NativeText)));
        action->setShortcut(key);
        action->setShortcutContext(Qt::WidgetWithChildrenShortcut);
        addAction(action);
        return action;
    };
    m_follow = add(tr("Follow the &tail"), tr("Keeps the newest line in sight"), Qt::Key_End | Qt::CTRL);
    m_follow->setCheckable(true);
    m_follow->setChecked(true);
    connect(m_follow, &QAction::toggled, m_view, &LogView::setFollowsTail);
    connect(m_view, &LogView::followsTailChanged, m_follow, &QAction::setChecked);
    m_copy = add(tr("&Copy"), tr("Copies the chosen lines, or all"), QKeySequence::Copy);
    m_copy->setShortcutContext(Qt::WidgetShortcut); // in the search box it copies what is chosen there
    m_view->addAction(m_copy);
    connect(m_copy, &QAction::triggered, m_view,
            [this] { QGuiApplication::clipboard()->setText(m_view->textToCopy()); });
    m_save = add(tr("&Save the log as…"), tr("Writes the chosen lines, or all that are shown, to a text file"),
                 QKeySequence(Qt::CTRL | Qt::ALT | Qt::Key_S));
    connect(m_save, &QAction::triggered, this, [this] { Q_EMIT saveRequested(m_view->textToCopy()); });
    m_next = add(tr("Find &next"), tr("The next line that holds the text"), QKeySequence(Qt::Key_F3));
    connect(m_next, &QAction::triggered, this, [this] { seek(1); });
    m_previous =
        add(tr("Find &previous"), tr("The line before that holds the text"), QKeySequence(Qt::SHIFT | Qt::Key_F3));
    connect(m_previous, &QAction::triggered, this, [this] { seek(-1); });
    auto* find = add(tr("&Find"), tr("Goes to the search box"), QKeySequence::Find);
    connect(find, &QAction::triggered, m_search, [this] {
        m_search->setFocus(Qt::ShortcutFocusReason);
        m_search->selectAll();
    });
}

QWidget* LogPanel::makeBar() {
    auto* bar = new QWidget;
    auto* row = new QHBoxLayout(bar);
    row->setContentsMargins(0, 0, 0, 0);
    row->setSpacing(2);
    for (const auto& [name, level] : {std::pair(tr("All"), LogLevel::debug),
                                      {tr("Notes"), LogLevel::info},
                                      {tr("Warnings"), LogLevel::warning},
                                      {tr("Errors"), LogLevel::error}})
        m_level->addItem(name, static_cast<int>(level));
    m_level->setCurrentIndex(1);
    m_level->setAccessibleName(tr("Lowest level shown"));
    m_level->setToolTip(tr("Shows the lines of this level and above"));
    connect(m_level, &QComboBox::currentIndexChanged, m_filter,
            [this] { m_filter->setLevel(static_cast<LogLevel>(m_level->currentData().toInt())); });
    m_job->setAccessibleName(tr("Job whose lines are shown"));
    m_job->setToolTip(tr("Shows the lines of this job only"));
    m_job->setSizeAdjustPolicy(QComboBox::AdjustToMinimumContentsLengthWithIcon);
    m_job->setMinimumContentsLength(8);
    connect(m_job, &QComboBox::currentIndexChanged, m_filter,
            [this] { m_filter->setJob(m_job->currentData().toString()); });
    m_search->setPlaceholderText(tr("Search the log"));
    m_search->setClearButtonEnabled(true);
    m_search->setAccessibleName(tr("Search the log"));
    m_search->setToolTip(tr("Marks this text; Enter and F3 go to the next line that holds it, Shift+F3 back (Ctrl+F)"));
    m_search->setMinimumWidth(80);
    connect(m_search, &QLineEdit::textChanged, this, [this](const QString& text) {
        m_view->setSought(text);
        refreshSearch();
    });
    connect(m_search, &QLineEdit::returnPressed, this, [this] { seek(1); });
    row->addWidget(m_level);
    row->addWidget(m_job);
    row->addWidget(m_search, 1);
    row->addWidget(m_found);
    for (QAction* action : {m_previous, m_next, m_follow, m_copy, m_save}) {
        auto* button = new QToolButton;
        button->setDefaultAction(action);
        button->setAutoRaise(true);
        button->setIconSize(QSize(kIconSize, kIconSize));
        button->setFocusPolicy(Qt::TabFocus);
        button->setAccessibleName(action->text().remove(QLatin1Char('&')));
        row->addWidget(button);
    }
    return bar;
}

void LogPanel::seek(int step) {
    if (!m_view->seek(step))
        refreshSearch();
}

void LogPanel::refreshSearch() {
    const bool any = !m_search->text().isEmpty();
    const int count = m_view->soughtCount();
    m_found->setText(!any ? QString() : count == 0 ? tr("none") : count == 1 ? tr("1 line") : tr("%L1 lines").arg(count));
    QPalette colours = palette();
    if (any && count == 0)
        colours.setColor(QPalette::WindowText, Theme::of(palette()).bad);
    m_found->setPalette(colours);
    m_next->setEnabled(count > 0);
    m_previous->setEnabled(count > 0);
}

QString LogPanel::searchText() const {
    return m_found->text();
}

void LogPanel::setJobs(const std::vector<std::pair<QString, QString>>& jobs) {
    const QString kept = m_job->currentData().toString();
    {
        const QSignalBlocker quiet(m_job);
        m_job->clear();
        m_job->addItem(tr("All jobs"), QString());
        for (const auto& [id, name] : jobs)
            m_job->addItem(name, id);
    }
    showJob(kept);
}

void LogPanel::showJob(const QString& id) {
    const int index = std::max(0, m_job->findData(id));
    m_job->setCurrentIndex(index);
    m_filter->setJob(m_job->itemData(index).toString());
}

void LogPanel::refreshIcons() {
    const std::pair<QAction*, const char*> icons[] = {
        {m_follow, "tail"}, {m_copy, "copy"}, {m_save, "save"}, {m_next, "down"}, {m_previous, "up"}};
    for (const auto& [action, name] : icons)
        action->setIcon(lineIcon(QString::fromUtf8(name), palette()));
}

void LogPanel::changeEvent(QEvent* event) {
    QWidget::changeEvent(event);
    if (event->type() == QEvent::PaletteChange)
        refreshIcons();
}

void LogPanel::showMenu(const QPoint& at) {
    auto* menu = new QMenu(this);
    menu->setAttribute(Qt::WA_DeleteOnClose);
    menu->addActions({m_copy, m_save, m_follow});
    menu->addSeparator();
    menu->addActions({m_next, m_previous});
    menu->popup(m_view->viewport()->mapToGlobal(at));
}

} // namespace fxs::ui
