import { slackRecordsContract } from '../contract/slack-records.ts'
import { fakeSlackRecords } from '../fakes/slack-records.ts'

slackRecordsContract(fakeSlackRecords)
