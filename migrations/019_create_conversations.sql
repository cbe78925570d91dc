-- Up Migration
-- What people ask the chat, and what it answers. Never a part of wb_dashboard: what somebody asks is theirs.
--
-- Every statement about these tables begins with the conversation, then its messages, then the count of its user; so no two
-- of them wait for one another.
create table chat_conversations (
  cabinet_id bigint not null references wb_cabinets (id) on delete cascade,
  id uuid not null default gen_random_uuid(),
  -- Whose it is: 'operator', 'key:<id of wb_cabinet_keys>' or 'user:<as the application calls them>'.
  user_label text not null,
  -- The first words of the first question.
  title text not null,
  -- To the millisecond, which is what the program can hand back: a page of the list ends at such a time.
  created_at timestamptz not null default date_trunc('milliseconds', clock_timestamp()),
  -- When the last message came.
  updated_at timestamptz not null default date_trunc('milliseconds', clock_timestamp()),
  primary key (cabinet_id, id)
);
-- The list of one user, and of all of a cabinet, newest first.
create index chat_conversations_user_idx on chat_conversations (cabinet_id, user_label, updated_at, id);
create index chat_conversations_cabinet_idx on chat_conversations (cabinet_id, updated_at, id);

create table chat_messages (
  id bigint generated always as identity primary key,
  cabinet_id bigint not null,
  conversation_id uuid not null,
  role text not null check (role in ('user', 'assistant')),
  text text not null,
  -- Of a question. One that its process has left pending is found out by its age.
  status text check (status in ('pending', 'answered', 'unanswered')),
  -- Of a question: the day of its user against which it was counted; null: there was no limit.
  counted_on date,
  -- Of an answer: what it answers.
  question_id bigint unique references chat_messages (id) on delete cascade,
  -- Of an answer: its sources, figures, notices, tokens, … (src/chat/stored-answer.ts)
  answer jsonb,
  created_at timestamptz not null default clock_timestamp(),
  foreign key (cabinet_id, conversation_id) references chat_conversations (cabinet_id, id) on delete cascade,
  check (case role when 'user' then status is not null and question_id is null and answer is null
         else status is null and counted_on is null and question_id is not null and answer is not null end)
);
create index chat_messages_conversation_idx on chat_messages (cabinet_id, conversation_id, id);

-- Messages of one user on the last day on which they sent any (DAILY_LIMIT). One row a user, which a new day begins anew: so
-- there is nothing to clean up. Not counted from chat_messages, of which a user may delete what they like.
create table chat_daily_counts (
  cabinet_id bigint not null references wb_cabinets (id) on delete cascade,
  user_label text not null,
  -- Of CABINET_TIME_ZONE.
  day date not null,
  messages integer not null check (messages >= 0),
  primary key (cabinet_id, user_label)
) with (fillfactor = 80);

-- Down Migration
drop table chat_daily_counts;
drop table chat_messages;
drop table chat_conversations;
